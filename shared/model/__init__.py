"""The nouns: what is known of a data subject, in the words of the field.

Plain values, no behaviour beyond what follows from their own fields.  Every instant (`_at`,
`_since`, `_ended`) is aware and in UTC; every `_on` is a calendar day in the controller's time
zone.  Personal data does not print itself.
"""
