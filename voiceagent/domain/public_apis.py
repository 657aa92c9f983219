"""Where vendors serve the world, for whom no setting says otherwise; up to the version, if any."""

from __future__ import annotations

from typing import Final

OPENAI_API: Final = "https://api.openai.com/v1"
RESEND_API: Final = "https://api.resend.com"
STRIPE_API: Final = "https://api.stripe.com"
TWILIO_API: Final = "https://api.twilio.com"
