// All messages of a carrier, one of each kind, and a frame that was not sent.
(m) => {
  const parameters = { token: 't' };
  const line = { account_sid: 'AC1', call_sid: 'CA1', stream_sid: 'MZ1', parameters };
  const writer = new m.StreamWriter(line);
  const sound = new Uint8Array(160).map((_, n) => n);
  const told = [...writer.opening(), writer.media(sound)];
  writer.skip();
  return [...told, writer.media(sound), writer.mark('x'), writer.key('#'), writer.stop()];
}
