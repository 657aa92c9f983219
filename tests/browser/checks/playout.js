// What the buffer plays and which marks it gives back, step by step.
(m) => {
  const loud = (count) => new Uint8Array(count).fill(0x10);
  const run = (playout, count) => {
    let heard = 0;
    for (let n = 0; n < count; n += 1) heard += Math.abs(playout.next()) > 0.1 ? 1 : 0;
    return heard;
  };
  const told = {};
  const p = new m.Playout();
  p.mark('at once');
  told.atOnce = p.marks();
  p.push(loud(160));
  p.mark('one');
  p.push(loud(800));
  p.mark('two');
  told.early = p.marks();
  run(p, 160);
  told.one = p.marks();
  run(p, 799);
  told.almost = p.marks();
  run(p, 10);
  told.two = p.marks();
  p.push(loud(800));
  p.mark('three');
  p.mark('four');
  run(p, 100);
  told.cleared = p.clear();
  told.afterClear = p.marks();
  told.afterwards = run(p, 800);

  const q = new m.Playout();
  q.push(loud(80));
  told.waits = run(q, 300);
  told.short = run(q, 300);

  const r = new m.Playout();
  r.push(loud(400));
  run(r, 500);
  const before = r.wait;
  r.push(loud(400));
  run(r, 900);
  told.grew = r.wait > before;
  told.chops = r.chops;

  const s = new m.Playout();
  s.push(loud(400));
  run(s, 400 + 4100);
  s.push(loud(400));
  told.pause = s.chops;
  return told;
}
