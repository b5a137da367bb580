//! Goal: every page, with every kind of content, is well formed, can be used without seeing it,
//! and carries nothing a strict content security policy refuses.
//! Method: render every sample, read it with a strict little parser, check rules and outlines.

mod html;
mod outline;
mod rules;
mod samples;
