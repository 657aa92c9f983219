"""Words of callers who mean harm."""

from __future__ import annotations

XSS = (
    "<script>window.xss=1</script>",
    "</script><script>window.xss=1</script>",
    "<img src=x onerror=window.xss=1>",
    '"><svg onload=window.xss=1>',
    "' onmouseover='window.xss=1' x='",
    '" autofocus onfocus="window.xss=1',
    "</title><script>window.xss=1</script>",
    "</p></li></ol><iframe srcdoc='<script>parent.xss=1</script>'></iframe>",
    "<a href=javascript:window.xss=1>x</a>",
    "<!--", "--><script>window.xss=1</script>", "<![CDATA[<script>window.xss=1</script>]]>",
    "<style>*{display:none}</style>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><button>", "<input type=image src=x onerror=window.xss=1>",
    "&lt;script&gt;window.xss=1&lt;/script&gt;", "&#60;script&#62;", "&quot;&gt;<b>",
    "{{constructor.constructor('window.xss=1')()}}", "${window.xss=1}", "`", "\\x3cscript\\x3e",
    "\u2028<script>\u2029", "\ufeff<script>", "<scr\ufffdipt>", "javascript:window.xss=1",
    "data:text/html,<script>window.xss=1</script>", "<svg><animate onbegin=window.xss=1>",
    "<math><mtext></mtext><script>window.xss=1</script></math>", "<details open ontoggle=xss=1>",
)  # fmt: skip
"""What somebody may say, write, or be called, to have a browser do something."""
