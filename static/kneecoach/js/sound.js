// Tones and voice of the guidance. A browser lets a page be heard only after a tap, and a phone that locks or rings
// interrupts it: so it is unlocked by a tap, and woken before each tone.

import { cuesOf, playTone } from "./cues.js";
import { preferences } from "./preferences.js";

// The audio clock goes on in blocks; what it is off by more than that, it has stood still for.
const STOOD_STILL_MS = 100;

/** What a session plays. One for the whole page: a browser allows few audio contexts. */
export class Sound {
  constructor() {
    this.scheduled = new Map();
    this.choice = preferences();
    document.addEventListener("coach:preferences", (event) => this.choose(event.detail));
    // Any tap on the page unlocks: the one on Start, or on the number for the pain before it.
    for (const name of ["pointerup", "keyup"]) document.addEventListener(name, () => this.wake(), { passive: true });
  }

  get isOn() {
    return this.choice.sound !== "off";
  }

  /** Whether tones can be heard at this moment, as far as the browser knows. */
  get isHeard() {
    return this.context?.state === "running";
  }

  choose(choice) {
    this.choice = choice;
    if (this.output) this.output.gain.value = choice.volume;
    if (!this.isOn) this.silence();
  }

  /** Open the sound, or resume it where a call or the lock screen has interrupted it. */
  async wake() {
    if (!this.isOn || !window.AudioContext) return;
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.output = new GainNode(this.context, { gain: this.choice.volume });
      this.output.connect(this.context.destination);
    }
    if (this.context.state !== "running") await this.context.resume().catch(() => {});
  }

  /** Put the tones of what lies ahead on the audio clock; those that are there already stay. */
  follow(parts) {
    this.wake();
    if (!this.isOn || !this.isHeard) return;
    const now = performance.now();
    const ahead = this.context.currentTime * 1000 - now;
    // After a call the tones that were put there before it would all come late, by as long as the call took.
    if (this.scheduled.size && Math.abs(ahead - this.ahead) > STOOD_STILL_MS) this.takeBack();
    this.ahead = this.scheduled.size ? this.ahead : ahead;
    for (const { kind, at, key } of cuesOf(parts)) {
      if (at < now - 50 || this.scheduled.has(key)) continue;
      const node = playTone(this.context, this.output, kind, Math.max(this.context.currentTime, (at + ahead) / 1000));
      this.scheduled.set(key, node);
      node.addEventListener("ended", () => this.scheduled.get(key) === node && this.scheduled.delete(key));
    }
  }

  /** Be silent at once. */
  silence() {
    this.takeBack();
    window.speechSynthesis?.cancel();
  }

  /** Take back every tone that has not ended. */
  takeBack() {
    for (const node of this.scheduled.values()) node.stop();
    this.scheduled.clear();
  }

  /** One tone now: the test before the first repetition, the end of a set. */
  async play(kind) {
    await this.wake();
    if (this.isOn && this.isHeard) playTone(this.context, this.output, kind, this.context.currentTime + 0.02);
  }

  /** Say something, if voice is chosen and there is one for the page's language. Numbers fall into the rest. */
  say(text) {
    if (this.choice.sound !== "voice" || !canSpeak()) return;
    const words = new SpeechSynthesisUtterance(text);
    words.lang = document.documentElement.lang;
    words.volume = this.choice.volume;
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }
}

/** Whether this phone has a voice for the page's language. Some browsers know only after a while. */
export function canSpeak() {
  const [language] = document.documentElement.lang.split("-");
  // Written "en-GB" or, on some phones, "en_GB".
  return Boolean(window.speechSynthesis?.getVoices().some(({ lang }) => lang.split(/[-_]/)[0] === language));
}

/** Safari on iPhone and iPad: there the switch at the side silences web pages. */
export function hasSilentSwitch() {
  return /iPhone|iPod/.test(navigator.userAgent) || (/iPad|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}

export const sound = new Sound();
