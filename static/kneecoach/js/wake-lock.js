// Keeps the screen on while a set runs. The browser gives the lock up whenever the page is hidden, so it is asked for
// again on return.

export class WakeLock {
  /** @param {(isKept: boolean) => void} tell hears whether the screen stays on */
  constructor(tell) {
    this.tell = tell;
  }

  /** Ask for the lock, also again and again. Refused (battery low, old phone), the set goes on without. */
  async keep() {
    this.isWanted = true;
    if (this.lock && !this.lock.released) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      this.tell(true);
    } catch {
      this.lock = null;
      this.tell(false);
    }
    if (!this.isWanted) this.release();
  }

  release() {
    this.isWanted = false;
    this.lock?.release();
    this.lock = null;
  }
}
