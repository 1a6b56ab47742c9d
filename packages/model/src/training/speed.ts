/** Pictures per second over the last few seconds. */
export class Speed {
  #marks: { time: number; images: number }[] = [{ time: performance.now(), images: 0 }];

  after(images: number): number {
    const time = performance.now();
    const newest = this.#marks.at(-1)!;
    this.#marks.push({ time, images: newest.images + images });
    while (this.#marks.length > 2 && time - this.#marks[0]!.time > 10_000) this.#marks.shift();
    const oldest = this.#marks[0]!;
    // a clock may not have moved: browsers round it
    return ((newest.images + images - oldest.images) * 1000) / Math.max(time - oldest.time, 1);
  }
}
