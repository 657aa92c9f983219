"""Spanish as it is written in the United States: words to values and values to words.

A turn is read by closed lists: what they do not cover is not guessed at, it is asked again. Numbers,
addresses and e-mails are those of the United States and are read as in `en_us` once their words are
digits; values (`YesNo`, `Daypart`, `WindowChoice`, `AddressHeard`) are the same in every locale.
"""  # noqa: E501
