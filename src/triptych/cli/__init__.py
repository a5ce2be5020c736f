"""The command line: words become calls of services, answers become text."""
