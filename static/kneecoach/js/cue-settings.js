// <cue-settings>: off, tones or voice; how loud; how long to get ready; and a tone to try it with. Remembered here, on
// the phone.

import { prefer, preferences } from "./preferences.js";
import { canSpeak, hasSilentSwitch, sound } from "./sound.js";

class CueSettings extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const chosen = preferences();
    for (const radio of this.querySelectorAll("[name=sound]")) {
      radio.checked = radio.value === chosen.sound;
      radio.addEventListener("change", () => this.choose({ sound: radio.value }));
    }
    this.field("volume", chosen.volume * 100, (value) => ({ volume: value / 100 }));
    this.field("ready", chosen.readySeconds, (value) => ({ readySeconds: value }));
    this.querySelector("[data-try]").addEventListener("click", () => this.try());
    this.querySelector("[data-silent-switch]").hidden = !hasSilentSwitch();
    // A browser may come to know its voices only after a while.
    window.speechSynthesis?.addEventListener?.("voiceschanged", () => this.show());
    this.show();
  }

  field(name, value, choiceOf) {
    const field = this.querySelector(`[name=${name}]`);
    field.value = String(value);
    field.addEventListener("change", () => this.choose(choiceOf(Number(field.value))));
  }

  choose(choice) {
    prefer(choice);
    this.show();
    if ("sound" in choice || "volume" in choice) this.try();
  }

  show() {
    const { sound: chosen } = preferences();
    this.querySelector("[data-chosen]").textContent = this.querySelector(`[name=sound][value=${chosen}]`).labels[0].textContent.trim();
    this.querySelector("[data-no-voice]").hidden = chosen !== "voice" || canSpeak();
    this.querySelector("[data-try]").disabled = chosen === "off";
  }

  async try() {
    await sound.play("in");
    sound.say("1");
  }
}

customElements.define("cue-settings", CueSettings);
