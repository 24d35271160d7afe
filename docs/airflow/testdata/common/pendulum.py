from datetime import datetime as _datetime
from datetime import timedelta, timezone


def datetime(year, month, day, *, tz):
    return _datetime(year, month, day, tzinfo=timezone(timedelta(0), tz))  # without a list of zones
