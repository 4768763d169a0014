//! The address bar as a signal, and links that do not load the page anew.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;

use crate::route::{Page, Place};

/// Where the operator is. Copies are the same one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    place: RwSignal<Option<Place>>,
}

impl Address {
    /// Reads the address and follows it from now on.
    pub(crate) fn start() -> Self {
        let address = Self { place: RwSignal::new(read()) };
        let _ = window_event_listener(leptos::ev::popstate, move |_| address.place.set(read()));
        let _ = window_event_listener(leptos::ev::click, move |event| address.follow(&event));
        address
    }

    /// The place; `None` at an address that is no screen. Tracks.
    pub(crate) fn place(self) -> Option<Place> {
        self.place.get()
    }

    /// The name of the cluster; empty before there is one. Tracks.
    pub(crate) fn cluster(self) -> String {
        self.place.with(|place| place.as_ref().map(|place| place.cluster.clone()).unwrap_or_default())
    }

    /// The place without tracking it.
    pub(crate) fn here(self) -> Option<Place> {
        self.place.get_untracked()
    }

    /// A value of the query; empty when it is not there. Tracks.
    pub(crate) fn query(self, key: &str) -> String {
        self.place
            .with(|place| place.as_ref().and_then(|place| place.get(key)).unwrap_or_default().to_owned())
    }

    /// The address of a screen of the present cluster. Tracks.
    pub(crate) fn href(self, page: Page) -> String {
        Place::new(&self.cluster(), page).href()
    }

    /// Goes to a place; the browser's back button leads back.
    pub(crate) fn go(self, place: Place) {
        if self.here().as_ref() != Some(&place) {
            self.write(&place, false);
            self.place.set(Some(place));
        }
    }

    /// Goes to a screen of the present cluster.
    pub(crate) fn open(self, page: Page) {
        if let Some(here) = self.here() {
            self.go(Place::new(&here.cluster, page));
        }
    }

    /// Goes to a place that replaces the present one: filters while they are typed.
    pub(crate) fn replace(self, place: Place) {
        if self.here().as_ref() != Some(&place) {
            self.write(&place, true);
            self.place.set(Some(place));
        }
    }

    /// Sets a value of the query.
    pub(crate) fn set_query(self, key: &str, value: &str) {
        if let Some(here) = self.here() {
            self.replace(here.with(key, value));
        }
    }

    fn write(self, place: &Place, replace: bool) {
        let Ok(history) = window().history() else { return };
        let href = place.href();
        let _ = if replace {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&href))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(&href))
        };
    }

    /// A plain click on a link of the site changes the place; any other click is the browser's.
    fn follow(self, event: &web_sys::MouseEvent) {
        let other = event.default_prevented() || event.button() != 0;
        if other || event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let anchor = target.and_then(|element| element.closest("a[href]").ok().flatten());
        let Some(anchor) = anchor.and_then(|anchor| anchor.dyn_into::<web_sys::HtmlAnchorElement>().ok())
        else {
            return;
        };
        if anchor.has_attribute("download") || anchor.host() != window().location().host().unwrap_or_default()
        {
            return;
        }
        if let Some(place) = Place::parse(&anchor.pathname(), &anchor.search()) {
            event.prevent_default();
            self.go(place);
        }
    }
}

fn read() -> Option<Place> {
    let location = window().location();
    Place::parse(&location.pathname().ok()?, &location.search().ok()?)
}
