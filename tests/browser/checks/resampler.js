// A tone through the resampler: [from, to, hertz, {level, hertz, count}] for each.
(m) => {
  const through = (from, to, hertz) => {
    const resampler = new m.Resampler(from, to);
    const out = [];
    for (let n = 0; n < from; n += 1) {
      resampler.push(Math.sin((2 * Math.PI * hertz * n) / from));
      while (resampler.ready) out.push(resampler.take());
    }
    const later = out.slice(to / 10);
    const crossings = later.filter((s, n) => n > 0 && s >= 0 && later[n - 1] < 0).length;
    const level = Math.sqrt((2 * later.reduce((sum, s) => sum + s * s, 0)) / later.length);
    return { level, hertz: crossings / 0.9, count: out.length };
  };
  return [
    [48000, 8000, 440],
    [8000, 48000, 440],
    [44100, 8000, 1000],
    [8000, 44100, 3000],
    [16000, 8000, 300],
    [8000, 8000, 700],
    [48000, 8000, 5000],
    [44100, 8000, 6500],
  ].map((tone) => [...tone, through(...tone)]);
}
