//! The words of the ladder of a lock, of its cures, and of a review that is about several znodes.

use zooscope_protocol::ladder::Deed;

use super::many;

pub const LADDER: &str = "What can be done, the gentlest first";
pub const ASK_HOLDER: &str = "Ask…";
pub const ASKING: &str = "asking…";
pub const NOT_OFFERED: &str = "not here";
pub const RUNG_CLIENT: &str = "client";
pub const RUNG_SERVER: &str = "connected to";
pub const RUNG_ENDS: &str = "session ends in";
pub const RUNG_GOES: &str = "goes with it";
pub const CURE_TITLE: &str = "What cures it";
pub const NO_CURE_TITLE: &str = "It cannot be cured now";
pub const CURE: &str = "Cure…";
pub const CURING: &str = "curing…";
pub const EVICT: &str = "Release everything it holds…";
pub const EVICTING: &str = "releasing…";
pub const HOLDS_NOTHING_TO_RELEASE: &str = "It holds nothing that could be released.";

// A review of several znodes.
pub const ZNODE: &str = "znode";
pub const ALSO_ABOUT: &str = "What else it is about";
pub const EXCLUDED: &str = "What is left alone, and why";
pub const SHOW_ALL: &str = "Show all";
pub const GONE_MARK: &str = "not any more";
pub const NEW_MARK: &str = "new";
pub const WATCHING: &str = "It is asked. For up to ten seconds the console watches whether it lets go.";
pub const LET_GO: &str = "Its znode went: it let go by itself.";
pub const STILL_HOLDS: &str = "Its znode is still there after ten seconds. Its program may let go later or never; then stop its client or release it.";

/// The name of a rung.
pub fn rung(deed: Deed) -> &'static str {
    match deed {
        Deed::Revoke => "Ask it to let go",
        Deed::Stop => "Stop its client",
        Deed::Release => "Release it by force",
        Deed::Cure => CURE_TITLE,
    }
}

/// The same as its name in JSON.
pub fn rung_name(deed: Deed) -> &'static str {
    match deed {
        Deed::Revoke => "revoke",
        Deed::Stop => "stop",
        Deed::Release => "release",
        Deed::Cure => "cure",
    }
}

pub fn ladder_of(who: &str) -> String {
    format!("What can be done about {who}, the gentlest first")
}

pub fn ephemerals_go(count: u32) -> String {
    many(u64::from(count), "ephemeral znode", "ephemeral znodes")
}

pub fn without_ladder(count: usize) -> String {
    let count = count as u64;
    format!(
        "{} not told of here. What can be done about them their sessions show.",
        many(count, "more holder is", "more holders are")
    )
}

/// What a cure deletes.
pub fn cured_by(name: &str) -> String {
    format!("The znode `{name}` is deleted, and no other. Its owner holds nothing.")
}

/// Several znodes that an action is about.
pub fn about_several(count: usize) -> String {
    many(count as u64, "znode", "znodes")
}

/// Why something is not offered, as a sentence of its own: where it follows a name it begins small.
pub fn on_its_own(why: &str) -> String {
    let mut letters = why.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if why.is_empty() || why.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_stands_on_its_own() {
        assert_eq!(on_its_own("its znode has data"), "Its znode has data.");
        assert_eq!(on_its_own("`0` is in the way. Remove it."), "`0` is in the way. Remove it.");
        assert_eq!(on_its_own(""), "");
    }
}
