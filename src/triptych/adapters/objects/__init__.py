"""Objects in memory and in databases: layouts, mappings, statements, repositories."""
