"""Tools: what the agent can do, and the one place where every use of a tool is judged.

A tool is an async function of typed arguments and a `context.ToolContext`, marked with `spec.tool`;
its `spec.ToolSpec` holds all that anybody has to know of it. A model or the house policy only
*requests* a call; `toolbox.Toolbox.call` decides: it refuses card numbers, validates, keeps the
budget, makes side effects happen once (`running`), maps errors to something that can be said
(`answers`), notes what the call may be remembered for, and leaves an audit row (`audit`).
"""
