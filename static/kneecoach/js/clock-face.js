// What is seen of the guidance: the clock with its digits, the marks of the repetitions, a flash of the whole screen.

const VIBRATE_MS = { hold: 80, lower: [60, 60, 60], relax: [60, 60, 60], lift: 40 };

export class ClockFace {
  /** @param {HTMLElement} coach the <rep-coach> with the clock and the marks in it */
  constructor(coach) {
    this.coach = coach;
    this.step = coach.closest("#step");
    this.face = coach.querySelector(".clock");
    this.arc = coach.querySelector(".clock-arc");
    this.word = coach.querySelector(".clock-phase");
    this.digits = coach.querySelector(".clock-digits");
    this.count = coach.querySelector(".clock-count");
    this.note = coach.querySelector(".coach-note");
    this.drawing = this.step.querySelector(".coach-drawing");
    this.light = coach.querySelector(".coach-flash");
  }

  /** Show a part. The word changes once a part, so a screen reader speaks once a part. The pictures follow the step. */
  show(kind, word, seconds = 0) {
    this.face.dataset.phase = this.step.dataset.phase = kind;
    // Only where it is used: on the whole page, every style would be reckoned anew just when a hold begins.
    this.drawing?.style.setProperty("--phase-seconds", `${seconds}s`);
    if (this.word.textContent !== word) this.word.textContent = word;
  }

  draw(leftMs, wholeMs) {
    const seconds = String(Math.max(1, Math.ceil(leftMs / 1000)));
    if (this.digits.textContent !== seconds) this.digits.textContent = seconds;
    this.arc.setAttribute("stroke-dasharray", `${Math.min(100, 100 - (100 * leftMs) / wholeMs).toFixed(1)} 100`);
  }

  showCount(number) {
    this.count.textContent = this.count.textContent.replace(/\d+/, String(number));
  }

  /** The third channel besides tone and word; vibration is a bonus where there is one. */
  flash(kind) {
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.light.animate([{ opacity: 0.6 }, { opacity: 0 }], { duration: 400, easing: "ease-out" });
    if (VIBRATE_MS[kind]) navigator.vibrate?.(VIBRATE_MS[kind]);
  }

  say(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  /** The mark of a repetition: hollow until the server has it. */
  mark(number, outcome, isWaiting) {
    const mark = this.coach.querySelector(`.reps > li:nth-child(${number})`);
    if (!mark) return;
    mark.dataset.rep = outcome;
    mark.toggleAttribute("data-waiting", isWaiting);
  }
}
