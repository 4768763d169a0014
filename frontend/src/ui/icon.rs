//! Icons: lines on a grid of 16, drawn for this site. They never stand for a word alone.

use leptos::prelude::*;

/// What can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Logo,
    Overview,
    Lock,
    Queue,
    Waits,
    Sessions,
    Findings,
    Recipes,
    More,
    Plus,
    Minus,
    Fit,
    Tree,
    Events,
    Audit,
    Search,
    System,
    Dark,
    Light,
    Keyboard,
    Copy,
    Check,
    Close,
    Back,
    Chevron,
    Watch,
    Warn,
    Critical,
    Pause,
    Play,
    Person,
    Shield,
    Stop,
    Approve,
    Leave,
}

impl Icon {
    fn drawing(self) -> &'static str {
        match self {
            Self::Logo => {
                "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 1 0 0-12.5M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6M8 1.75V5M8 11v3.25"
            }
            Self::Overview => "M2.5 9.5h3l1.8-5.5 2.4 8 1.6-4h2.2",
            Self::Lock => "M3.5 7.25h9v6h-9zM5.25 7.25V5a2.75 2.75 0 0 1 5.5 0v2.25M8 9.6v1.5",
            Self::Queue => "M2.5 4h8M2.5 8h8M2.5 12h8M13 3v10M11.4 11.4 13 13l1.5-1.6",
            Self::Waits => {
                "M3.75 5.5a1.75 1.75 0 1 0 0-3.5a1.75 1.75 0 1 0 0 3.5M12.25 9.75a1.75 1.75 0 1 0 0-3.5a1.75 1.75 0 1 0 0 3.5M3.75 14a1.75 1.75 0 1 0 0-3.5a1.75 1.75 0 1 0 0 3.5M5.4 4.4l5.2 2.6M10.6 9l-5.2 2.6"
            }
            Self::Sessions => {
                "M6 3a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M1.75 13.25c.4-2.3 2-3.5 4.25-3.5s3.85 1.2 4.25 3.5M10.5 3.3a2.3 2.3 0 0 1 0 4.4M12 10c1.3.5 2 1.6 2.25 3.25"
            }
            Self::Findings => "M8 1.75a4.4 4.4 0 0 0-2.4 8.1v1.65h4.8V9.85A4.4 4.4 0 0 0 8 1.75M6.4 14h3.2",
            Self::Recipes => "M3 2.5h7.5l2.5 2.5v8.5H3zM5.5 7h5M5.5 9.5h5M5.5 12h3",
            Self::More => "M3.5 8h.01M8 8h.01M12.5 8h.01",
            Self::Plus => "M8 3.25v9.5M3.25 8h9.5",
            Self::Minus => "M3.25 8h9.5",
            Self::Fit => "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
            Self::Tree => "M3 2.5v9.25h4M3 6h4M7.5 4.5h5.5v3H7.5zM7.5 10.25h5.5v3H7.5z",
            Self::Events => "M8 2.25a5.75 5.75 0 1 0 0 11.5a5.75 5.75 0 1 0 0-11.5M8 4.9V8l2.1 1.4",
            Self::Audit => {
                "M3.5 2.25h9v11.5l-1.8-1.2-1.35 1.2L8 12.55l-1.35 1.2-1.35-1.2-1.8 1.2zM6 5.5h4M6 8.25h4"
            }
            Self::Search => "M7 2.75a4.25 4.25 0 1 0 0 8.5a4.25 4.25 0 1 0 0-8.5M10.2 10.2l3.3 3.3",
            Self::System => "M2.25 3h11.5v8H2.25zM5.75 13.5h4.5M8 11v2.5",
            Self::Dark => "M13 9.6A5.4 5.4 0 1 1 6.4 3a4.4 4.4 0 0 0 6.6 6.6z",
            Self::Light => {
                "M8 5.25a2.75 2.75 0 1 0 0 5.5a2.75 2.75 0 1 0 0-5.5M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1"
            }
            Self::Keyboard => "M1.75 4h12.5v8H1.75zM4 6.4h.01M6.7 6.4h.01M9.3 6.4h.01M12 6.4h.01M5 9.6h6",
            Self::Copy => "M5.5 5.5h7.75v7.75H5.5zM10.5 5.5V2.75H2.75v7.75H5.5",
            Self::Check => "M3 8.5l3.3 3.25L13 4.75",
            Self::Close => "M3.75 3.75l8.5 8.5M12.25 3.75l-8.5 8.5",
            Self::Back => "M9.75 3.25 5 8l4.75 4.75",
            Self::Chevron => "M6.25 3.75 10.5 8l-4.25 4.25",
            Self::Watch => {
                "M1.5 8s2.4-4.25 6.5-4.25S14.5 8 14.5 8s-2.4 4.25-6.5 4.25S1.5 8 1.5 8zM8 6.4a1.6 1.6 0 1 0 0 3.2a1.6 1.6 0 1 0 0-3.2"
            }
            Self::Warn => "M8 2.25 14.5 13.5h-13zM8 6.5v3.25M8 11.6h.01",
            Self::Critical => {
                "M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4zM8 4.9v3.7M8 10.9h.01"
            }
            Self::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Self::Play => "M5 3.25v9.5L12.5 8z",
            Self::Person => {
                "M8 2.5a2.75 2.75 0 1 0 0 5.5a2.75 2.75 0 1 0 0-5.5M2.75 13.75c.5-2.7 2.4-4 5.25-4s4.75 1.3 5.25 4"
            }
            Self::Shield => "M8 1.75 13 3.5v4.25c0 3-2 5.25-5 6.5-3-1.25-5-3.5-5-6.5V3.5zM8 5v3M8 10.4h.01",
            Self::Stop => "M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4zM5 8h6",
            Self::Approve => "M2.5 3.25h11v7.5H8.25L5 13.5v-2.75H2.5zM5.5 7l1.75 1.75L10.75 5.25",
            Self::Leave => "M9.5 2.75H3v10.5h6.5M6.5 8h7.5M11.5 5.25 14.25 8 11.5 10.75",
        }
    }
}

/// An icon of 16 pixels in the colour of the text around it.
pub(crate) fn icon(which: Icon) -> impl IntoView + use<> {
    sized(which, "16")
}

/// An icon of another size.
pub(crate) fn sized(which: Icon, size: &'static str) -> impl IntoView + use<> {
    view! {
        <svg
            width=size
            height=size
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.4"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=which.drawing()></path>
        </svg>
    }
}
