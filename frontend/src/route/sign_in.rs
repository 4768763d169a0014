//! The address of the sign-in page, which leads back to a screen of this site and to nowhere else.

use zooscope_protocol::access::NotIn;

use super::{Place, encode, pairs};

/// Where the page is.
pub const PATH: &str = "/login";
/// The longest address that is led back to, in bytes; the server takes no longer one.
const LONGEST: usize = 1_000;

/// The address of the page. `back` is where it leads to after.
pub fn href(back: Option<&str>) -> String {
    match back.filter(|back| back.len() <= LONGEST) {
        Some(back) => format!("{PATH}?back={}", encode(back, true)),
        None => PATH.to_owned(),
    }
}

/// Where the page leads to: the screen that the query (with or without `?`) names, and the start where it names none. What it
/// names is read as a screen and written anew, so it is never an address of another site.
pub fn back(query: &str) -> String {
    let back = pairs(query).into_iter().find(|(key, _)| key == "back").map(|(_, back)| back);
    let place = back.and_then(|back| {
        let (path, query) = back.split_once('?').unwrap_or((&back, ""));
        Place::parse(path, query)
    });
    place.map_or_else(|| "/".to_owned(), |place| place.href())
}

/// Why the identity provider's way led to nobody, where the query says it.
pub fn why(query: &str) -> Option<NotIn> {
    pairs(query).into_iter().find(|(key, _)| key == "why").and_then(|(_, why)| NotIn::of(&why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Page;

    #[test]
    fn the_page_leads_back_to_the_very_address() {
        let lock =
            Place::new("prod eu", Page::Lock("/app/locks/büro & co?#".to_owned())).with("sort", "held");
        let here = lock.href();
        let there = href(Some(&here));
        let (path, query) = there.split_once('?').unwrap();
        assert_eq!((path, back(query)), (PATH, here));
        assert_eq!(back(""), "/");
        assert_eq!(href(None), "/login");
        assert_eq!(href(Some(&format!("/c/eu/locks?q={}", "a".repeat(1_000)))), "/login");
    }

    #[test]
    fn it_says_why_in_words_of_its_own_only() {
        assert_eq!(why("?why=no_role&back=/c/eu"), Some(NotIn::NoRole));
        assert!(NotIn::ALL.iter().all(|one| why(&format!("why={}", one.name())) == Some(*one)));
        for other in ["", "?back=/c/eu", "?why=", "?why=call+0800", "?why=<b>"] {
            assert_eq!(why(other), None, "{other}");
        }
    }

    #[test]
    fn it_leads_to_no_other_site() {
        for foreign in [
            "//evil.example",
            "//evil.example/c/eu/locks",
            "https://evil.example/c/eu",
            "/\\evil.example",
            "javascript:alert(1)",
            "/login",
            "/api/v1/logout",
            "c/eu/locks:8080",
        ] {
            let led = back(&format!("?back={}", encode(foreign, false)));
            assert!(led == "/" || led.starts_with("/c/"), "{foreign}: {led}");
        }
        assert!(back("back=//c/eu").starts_with("/c/eu/"), "slashes at the ends mean nothing");
    }
}
