"""Drafts: from what others have to a domain of ours."""
