// Listens to what a page sends to its loudspeakers, on the audio thread: when a tone begins after silence, in seconds of
// the audio clock. A busy page does not delay it.
const LOUD = 0.01;
const SILENT_SECONDS = 0.02;

class Probe extends AudioWorkletProcessor {
  silent = sampleRate;

  process([[samples]]) {
    if (!samples) this.silent += 128;
    else samples.forEach((sample, index) => this.hear(Math.abs(sample) > LOUD, index));
    return true;
  }

  hear(isLoud, index) {
    if (isLoud && this.silent > SILENT_SECONDS * sampleRate) this.port.postMessage((currentFrame + index) / sampleRate);
    this.silent = isLoud ? 0 : this.silent + 1;
  }
}

registerProcessor("probe", Probe);
