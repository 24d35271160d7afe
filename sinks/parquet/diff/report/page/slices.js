// Long work is done in slices, between which the page answers. Only the last work that
// was begun goes on: a search that a letter overtook ends at its next slice.

const sliceTime = 8; // milliseconds
const channel = new MessageChannel();
const waiting = [];
channel.port1.onmessage = () => waiting.shift()();
const pause = () => new Promise((go) => { waiting.push(go); channel.port2.postMessage(0); });

class Overtaken extends Error {}

class Work {
  #last = 0;

  // begin gives what is to be called often during the work and waited for where it
  // gives a promise.
  begin() {
    const mine = ++this.#last;
    let until = performance.now() + sliceTime;
    return () => {
      if (performance.now() < until) return null;
      return pause().then(() => {
        if (mine !== this.#last) throw new Overtaken();
        until = performance.now() + sliceTime;
      });
    };
  }
}

// sorted sorts numbers by merging in slices; equal ones keep their order.
async function sorted(items, compare, tick) {
  const run = 32;
  let from = Int32Array.from(items), to = new Int32Array(items.length);
  for (let start = 0; start < from.length; start += run) {
    const end = Math.min(start + run, from.length);
    for (let i = start + 1; i < end; i++) {
      const item = from[i];
      let j = i;
      for (; j > start && compare(from[j - 1], item) > 0; j--) from[j] = from[j - 1];
      from[j] = item;
    }
    await tick();
  }
  for (let width = run; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length), end = Math.min(start + 2 * width, from.length);
      for (let a = start, b = middle, i = start; i < end; i++) {
        to[i] = b >= end || (a < middle && compare(from[a], from[b]) <= 0) ? from[a++] : from[b++];
        if (i % 8 === 0) { const wait = tick(); if (wait) await wait; }
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
