// The states of a call, where their events lead, and acts that nobody performs.
(m) => {
  const moves = Object.values(m.TABLE).flatMap((row) => Object.values(row));
  const stays = ([, row]) => row.leave?.[0] !== 'over';
  return {
    states: Object.keys(m.TABLE),
    to: [...new Set(moves.map(([state]) => state))],
    lacking: moves.map(([, act]) => act).filter((act) => !(act in m.Call.prototype)),
    stay: Object.entries(m.TABLE).filter(stays).map(([state]) => state),
  };
}
