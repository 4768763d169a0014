//! In a real browser: what the console shows is true, and what is pressed is done.
