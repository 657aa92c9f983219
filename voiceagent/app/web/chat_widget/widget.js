// The chat of the business, for any page: <script src="https://…/chat/widget.js" async></script>
// With data-open it is open from the start. Everything is in one shadow root; the page that shows it
// keeps its own styles, and its scripts are not touched.
(() => {
  const script = document.currentScript;
  const socketUrl = new URL("socket", script.src).href.replace(/^http/, "ws");
  const KEY = "voiceagent-chat-key";
  const FIRST_MS = 500;
  const MOST_MS = 15000;
  const business = "{BUSINESS}";

  const kept = {
    get key() {
      try {
        return localStorage.getItem(KEY) || "";
      } catch {
        return "";
      }
    },
    set key(value) {
      try {
        localStorage.setItem(KEY, value);
      } catch {
        // A browser that keeps nothing has a chat until the page is left.
      }
    },
  };

  const make = (tag, props = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...children);
    return made;
  };

  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("{STYLE}");
  root.adoptedStyleSheets = [sheet];

  const open = make("button", { id: "open", type: "button", textContent: "Chat" });
  open.setAttribute("aria-expanded", "false");
  open.setAttribute("aria-controls", "panel");
  const close = make("button", { id: "close", type: "button", textContent: "Close" });
  const mail = make("button", { id: "mail", type: "button", textContent: "E-mail this chat" });
  mail.hidden = !"{MAILS}";
  const title = make("h2", { id: "title", textContent: business });
  const log = make("div", { id: "log", tabIndex: 0 });
  log.setAttribute("role", "log");
  log.setAttribute("aria-label", "Conversation");
  const state = make("p", { id: "state" });
  state.setAttribute("role", "status");
  const words = make("textarea", { id: "words", rows: 1, maxLength: 2000 });
  words.setAttribute("autocomplete", "off");
  words.placeholder = "Write a message";
  words.value = script.dataset.words || ""; // of a link; nothing is sent until they send it
  const label = make("label", { className: "unseen", textContent: "Message" });
  label.htmlFor = "words";
  const send = make("button", { id: "send", type: "submit", textContent: "Send" });
  const form = make("form", {}, label, words, send);
  const panel = make("section", { id: "panel", hidden: true });
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-labelledby", "title");
  panel.append(make("header", {}, title, mail, close), log, state, form);
  root.append(open, panel);

  const lines = new Map(); // name of a line -> its element
  const unsent = new Map(); // id -> text: what the engine has not taken yet
  let socket = null;
  let waitMs = FIRST_MS;
  let greeted = false;

  const line = (name, text, mine) => {
    let shown = lines.get(name);
    if (!shown) {
      shown = make("p", { className: mine ? "mine" : "" });
      shown.append(make("span", { className: "unseen", textContent: mine ? "You: " : `${business}: ` }));
      shown.append(make("span"));
      lines.set(name, shown);
      log.append(shown);
    }
    shown.lastChild.textContent = text;
    log.scrollTop = log.scrollHeight;
    return shown;
  };

  const tell = (what) => {
    if (socket && socket.readyState === WebSocket.OPEN && greeted) socket.send(JSON.stringify(what));
  };

  const heard = {
    hello({ key }) {
      kept.key = key;
      greeted = true;
      waitMs = FIRST_MS;
      state.textContent = "";
      for (const [id, text] of unsent) tell({ kind: "say", id, text });
    },
    wrote({ id, text }) {
      unsent.delete(id);
      line(`mine-${id}`, text, true).classList.remove("waits");
    },
    typing() {
      state.textContent = "Typing …";
    },
    taken({ id }) {
      unsent.delete(id);
      lines.get(`mine-${id}`)?.classList.remove("waits");
    },
    said({ message, text }) {
      state.textContent = "";
      if (text) line(`theirs-${message}`, text, false);
    },
    slow({ id }) {
      state.textContent = "That was fast. One moment …";
      setTimeout(() => unsent.has(id) && tell({ kind: "say", id, text: unsent.get(id) }), 2500);
    },
    refused({ id, why }) {
      unsent.delete(id);
      state.textContent = why;
    },
    mailed({ how }) {
      const told = { yes: "It is on its way to you.", later: "Not now. Please try again in a while." };
      state.textContent = told[how] || "This could not be sent there.";
    },
    failed({ id }) {
      state.textContent = "This did not go through yet. Trying again …";
      setTimeout(() => unsent.has(id) && tell({ kind: "say", id, text: unsent.get(id) }), 2500);
    },
  };

  const connect = () => {
    if (socket && socket.readyState <= WebSocket.OPEN) return;
    greeted = false;
    socket = new WebSocket(socketUrl);
    socket.onopen = () => {
      const hello = { kind: "hello" };
      if (kept.key) hello.key = kept.key;
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = ({ data }) => {
      const what = JSON.parse(data);
      heard[what.kind]?.(what);
    };
    socket.onclose = () => {
      greeted = false;
      if (panel.hidden) return;
      state.textContent = "The connection is lost. Trying again …";
      setTimeout(connect, waitMs);
      waitMs = Math.min(MOST_MS, waitMs * 2);
    };
  };

  const show = (shown) => {
    panel.hidden = !shown;
    open.hidden = shown;
    open.setAttribute("aria-expanded", String(shown));
    if (shown) {
      connect();
      words.focus({ preventScroll: true });
    } else {
      open.focus();
    }
  };

  const say = () => {
    const text = words.value.trim();
    if (!text) return;
    const id = [...crypto.getRandomValues(new Uint8Array(16))]
      .map((one) => one.toString(16).padStart(2, "0"))
      .join("");
    unsent.set(id, text);
    line(`mine-${id}`, text, true).classList.add("waits");
    words.value = "";
    tell({ kind: "say", id, text });
  };

  open.addEventListener("click", () => show(true));
  close.addEventListener("click", () => show(false));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
  mail.addEventListener("click", () => {
    const to = window.prompt("Your e-mail address")?.trim();
    if (to) tell({ kind: "mail", to });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say();
  });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      say();
    }
  });

  const begin = () => {
    document.body.append(host);
    if (script.hasAttribute("data-open")) show(true);
  };
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
})();
