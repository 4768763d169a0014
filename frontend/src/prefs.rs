//! What this browser remembers of its operator: the theme.

use leptos::prelude::*;

const THEME: &str = "zooscope.theme";

/// The colours to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on any system.
    Dark,
    /// Light on any system.
    Light,
}

impl Theme {
    /// The value of `data-theme`, and what is remembered.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// The next one when the button is pressed.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::System => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::System,
        }
    }

    fn remembered() -> Self {
        match storage().and_then(|storage| storage.get_item(THEME).ok().flatten()).as_deref() {
            Some("dark") => Self::Dark,
            Some("light") => Self::Light,
            _ => Self::System,
        }
    }

    /// Remembers the theme and shows it.
    fn apply(self) {
        if let Some(storage) = storage() {
            // A browser that remembers nothing still shows the theme now.
            let _ = storage.set_item(THEME, self.name());
        }
        if let Some(root) = document().document_element() {
            let _ = match self {
                Self::System => root.remove_attribute("data-theme"),
                Self::Dark | Self::Light => root.set_attribute("data-theme", self.name()),
            };
        }
    }
}

/// The theme as a signal that remembers and applies each change.
pub(crate) fn theme() -> RwSignal<Theme> {
    let theme = RwSignal::new(Theme::remembered());
    Effect::new(move || theme.get().apply());
    theme
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
