"""Plans in the admin's desk: the list of all, and the editor of one."""
