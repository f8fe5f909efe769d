// What a person chose for the guidance on this phone: sound, loudness, time to get ready. It stays on the phone, because
// it is about the phone: where it lies, how loud it is.

const KEY = "kneecoach.guidance";
const DEFAULTS = { sound: "tones", volume: 0.8, readySeconds: 10 };
const ALLOWED = { sound: ["off", "tones", "voice"], readySeconds: [5, 10, 15, 20, 30] };

/** @returns {{sound: "off"|"tones"|"voice", volume: number, readySeconds: number}} */
export function preferences() {
  let stored = {};
  try {
    stored = JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // Storage that is forbidden or full: the defaults do.
  }
  const chosen = { ...DEFAULTS, ...stored };
  for (const [name, values] of Object.entries(ALLOWED)) if (!values.includes(chosen[name])) chosen[name] = DEFAULTS[name];
  if (!(chosen.volume >= 0 && chosen.volume <= 1)) chosen.volume = DEFAULTS.volume;
  return chosen;
}

/** Remember a choice; the rest stays. */
export function prefer(choice) {
  const chosen = { ...preferences(), ...choice };
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // It then holds for this page only.
  }
  document.dispatchEvent(new CustomEvent("coach:preferences", { detail: chosen }));
  return chosen;
}
