//! The pieces that screens are made of.

pub(crate) mod action;
pub(crate) mod badge;
pub(crate) mod bulk_sheet;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod duration;
pub(crate) mod each;
pub(crate) mod empty;
pub(crate) mod field;
pub(crate) mod glow;
pub(crate) mod icon;
pub(crate) mod part;
pub(crate) mod path;
pub(crate) mod plan_dialog;
pub(crate) mod plan_parts;
pub(crate) mod prose;
pub(crate) mod prove;
pub(crate) mod several;
pub(crate) mod sources;
pub(crate) mod sparkline;
pub(crate) mod toast;
pub(crate) mod turns;
pub(crate) mod virtual_rows;
