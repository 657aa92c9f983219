"""Spoken and written forms of what people say on the phone, both ways.

`hear_*` functions read what a caller said (recogniser words or typed text), `say_*` functions word
a value for the ear, `show_*` for the eye. All are pure, deterministic and never raise on any text.
"""
