"""What the SDK raises, as the port's errors.

Nothing of what a provider says in an error is repeated: it may quote a part of the key, or the
caller. What is kept is the status, the provider's code if it is a plain word, and the request's id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import openai

from pipelines.providers.wire import speaks_of_model
from voiceagent.errors import OwnerFixable, Unavailable

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")

_OUT_OF_CREDIT: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_LONGEST_WAIT_S: Final = 3600.0

_REFUSED: Final = 400
_UNPAID: Final = 402
_NO_SERVICE: Final = frozenset({404, 405, 410, 426, 501})
"""What a server says of a path that it does not serve in this way; 2xx and 3xx say it too."""

_STATUS_OF_WORD: Final = {
    "invalid_api_key": 401,
    "model_not_found": 404,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "server_error": 500,
}
"""Codes and types of errors that come inside a stream, where there is no status."""


def problem_of(error: openai.APIError, *, begun: bool) -> Unavailable | OwnerFixable:
    """Who can do what about it.

    Args:
        error: as the SDK raised it.
        begun: whether a part of the reply had come.
    """
    if isinstance(error, openai.APIConnectionError):
        if begun:
            return Unavailable("model.cut_off", "The connection to the model broke off.")
        return Unavailable("model.connection", "The model cannot be reached.")
    if isinstance(error, openai.APIStatusError):
        status, headers = error.status_code, error.response.headers
        told = _told(status, _code(error), headers.get("x-request-id"))
        return _by_status(
            status, _code(error), told, retry_after_s(headers), of_model=_is_of_model(error)
        )
    code = _code(error)
    status = _STATUS_OF_WORD.get(code or "") or _STATUS_OF_WORD.get(error.type or "") or 500
    return _by_status(status, code, _told(None, code, None), None, of_model=True)


def is_withheld(error: openai.APIError) -> bool:
    """Whether the provider's filter refused the request itself, as Azure's does."""
    return isinstance(error, openai.BadRequestError) and _code(error) == "content_filter"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait a provider asks for, seconds; ``None`` when it names none that makes sense.

    ``Retry-After`` as a date (RFC 9110, 10.2.3) is not read: no provider of models sends one.
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait_s = float(headers.get(name, "")) * unit_s
        except ValueError:
            continue
        if 0 <= wait_s <= _LONGEST_WAIT_S:
            return wait_s
    return None


def _by_status(
    status: int, code: str | None, told: str, wait_s: float | None, *, of_model: bool
) -> Unavailable | OwnerFixable:
    match status:
        case 401 | 403:
            return OwnerFixable(
                "model.key",
                f"The model's provider does not take this key ({told}).",
                where="OPENAI_API_KEY",
            )
        case 404 if of_model:
            return OwnerFixable(
                "model.unknown",
                f"There is no such model at this address, or not for this key ({told}).",
                where="OPENAI_MODEL",
            )
        case _ if status in _NO_SERVICE or status < _REFUSED:
            return no_service(told)
        case 402 | 429 if status == _UNPAID or code in _OUT_OF_CREDIT:
            return OwnerFixable(
                "model.credit", f"This key has no credit left ({told}).", where="OPENAI_API_KEY"
            )
        case 429 | 503:
            return Unavailable(
                "model.busy", f"The model's provider is busy ({told}).", retry_after_s=wait_s
            )
        case _:
            return Unavailable(
                "model.failed", f"The model's provider failed ({told}).", retry_after_s=wait_s
            )


def no_service(told: str) -> OwnerFixable:
    """What answers at the address is no model."""
    return OwnerFixable(
        "model.address",
        f"What answers at this address is no model ({told}): addresses of models mostly end with"
        " /v1.",
        where="OPENAI_BASE_URL",
    )


def _is_of_model(error: openai.APIStatusError) -> bool:
    """Whether a refusal is about the model; what it says is read for that alone."""
    return speaks_of_model(f"{error.code} {error.body}")


def _code(error: openai.APIError) -> str | None:
    code = error.code
    return code if isinstance(code, str) and _PLAIN.fullmatch(code) else None


def _told(status: int | None, code: str | None, request_id: str | None) -> str:
    known = [str(status) if status else "in the stream"]
    known += [code] if code else []
    known += [request_id] if request_id and _PLAIN.fullmatch(request_id) else []
    return ", ".join(known)
