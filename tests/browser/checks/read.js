// What is read of messages, the broken ones first.
(m) =>
  [
    '{',
    'null',
    '[]',
    '{"event":"clear","streamSid":"MZ2"}',
    '{"event":"new","streamSid":"MZ1"}',
    '{"event":"clear","streamSid":"MZ1"}',
    '{"event":"mark","streamSid":"MZ1","mark":{"name":"a"}}',
    '{"event":"media","streamSid":"MZ1","media":{"payload":"AAH/"}}',
  ].map((text) => {
    const told = m.read(text, 'MZ1');
    return told?.sound ? [...told.sound] : told;
  })
