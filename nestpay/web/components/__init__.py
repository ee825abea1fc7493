"""The parts pages are made of: functions of values and handlers, with no State of their own."""
