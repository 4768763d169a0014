//! Paths: the main thing on every screen.

use leptos::prelude::*;

use crate::address::Address;
use crate::elide::{name_parts, path_parts};
use crate::outline::ancestors;
use crate::route::Page;
use crate::text;
use crate::ui::copy::CopyButton;

/// A path in a row: what does not fit is elided in the middle, the whole shows on hover. The last two segments stay; where
/// even they do not fit, the end of the last one does, for names differ in their numbers.
pub(crate) fn path_text(path: &str) -> impl IntoView + use<> {
    let (head, tail, end) = path_parts(path);
    let (head, tail, end) = (head.to_owned(), tail.to_owned(), end.to_owned());
    let end = (!end.is_empty()).then(|| view! { <span class="path-end">{end}</span> });
    view! {
        <span class="path" title=path.to_owned()>
            <span class="path-head">{head}</span>
            <span class="path-tail">{tail}</span>
            {end}
        </span>
    }
}

/// The end of a path, for a link among words: its last segment, from the front elided where it is long.
pub(crate) fn path_end(path: &str) -> String {
    const MOST: usize = 40;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path);
    match name.char_indices().rev().nth(MOST - 1) {
        Some((at, _)) if at > 0 => format!("…{}", &name[at..]),
        _ => name.to_owned(),
    }
}

/// A name in a row: what does not fit is elided before its end, for names differ in their numbers.
pub(crate) fn name_text(name: &str) -> impl IntoView + use<> {
    let (head, tail) = name_parts(name);
    let (head, tail) = (head.to_owned(), tail.to_owned());
    view! {
        <span class="path name" title=name.to_owned()>
            <span class="path-head">{head}</span>
            <span class="path-tail">{tail}</span>
        </span>
    }
}

/// A path whose segments each lead into the tree, with a button that copies it.
pub(crate) fn path_links(path: &str) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let above = ancestors(path);
    let link = move |at: String, name: String| {
        let to = at.clone();
        let href = move || address.href(Page::Tree(Some(to.clone())));
        view! { <a class="crumb" href=href title=text::open_in_tree(&at)>{name}</a> }
    };
    let mut parts = Vec::new();
    for at in above.into_iter().chain([path.to_owned()]) {
        let name = at.rsplit('/').next().unwrap_or_default().to_owned();
        let is_root = name.is_empty();
        if is_root && path != "/" {
            continue;
        }
        let (slash, name) = if is_root { ("", at.clone()) } else { ("/", name) };
        parts.push(view! { <span class="crumb-slash">{slash}</span> {link(at, name)} });
    }
    view! {
        <span class="crumbs mono">
            {parts} <CopyButton value=path.to_owned() what=text::THE_PATH/>
        </span>
    }
}
