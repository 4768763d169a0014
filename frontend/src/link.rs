//! The life of the only WebSocket: connect, notice that it died, connect again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use zooscope_protocol::{ClientFrame, ServerFrame};

use crate::ladder;

const SUBPROTOCOL: &str = "zooscope.v1";
/// The server speaks once a second; after so long a silence the connection is dead even if nobody said so.
const SILENCE_MS: f64 = 6_000.0;

/// How the connection to the console is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// The first attempt is under way.
    Connecting,
    /// It is open.
    Open,
    /// It was lost; attempts follow each other.
    Lost,
    /// The browser says that it has no network.
    Offline,
}

/// What the link tells its owner.
pub(crate) enum LinkEvent {
    /// A new connection is open: everything must be said again.
    Opened,
    /// A frame came.
    Frame(ServerFrame),
    /// The connection was lost, or an attempt at one failed.
    Lost,
}

/// The connection. Copies are the same one.
#[derive(Clone)]
pub(crate) struct Link(Rc<Inner>);

/// What is called at an event, and at which.
type Handler = (&'static str, Closure<dyn FnMut(web_sys::Event)>);

struct Inner {
    url: String,
    state: RwSignal<LinkState>,
    socket: RefCell<Option<web_sys::WebSocket>>,
    /// What the present socket calls, by the event.
    handlers: RefCell<Vec<Handler>>,
    attempt: Cell<usize>,
    heard: Cell<f64>,
    /// Grows with each attempt, so that what an old socket still says is not taken for the new one's.
    generation: Cell<u32>,
    retry: Cell<Option<TimeoutHandle>>,
    tell: Box<dyn Fn(LinkEvent)>,
}

impl Link {
    /// Opens the link to `url` and keeps it open for as long as the page lives.
    pub(crate) fn open(url: String, state: RwSignal<LinkState>, tell: impl Fn(LinkEvent) + 'static) -> Self {
        let link = Self(Rc::new(Inner {
            url,
            state,
            socket: RefCell::default(),
            handlers: RefCell::default(),
            attempt: Cell::new(0),
            heard: Cell::new(js_sys::Date::now()),
            generation: Cell::new(0),
            retry: Cell::new(None),
            tell: Box::new(tell),
        }));
        link.connect();
        link.watch();
        link
    }

    /// Sends a frame if the link is open. What is lost here is said again when it opens.
    pub(crate) fn send(&self, frame: &ClientFrame) {
        let socket = self.0.socket.borrow();
        let Some(socket) = socket.as_ref().filter(|socket| socket.ready_state() == web_sys::WebSocket::OPEN)
        else {
            return;
        };
        if let Ok(bytes) = postcard::to_stdvec(frame) {
            // A socket that cannot send closes, which is handled there.
            let _ = socket.send_with_u8_array(&bytes);
        }
    }

    fn connect(&self) {
        self.drop_socket();
        let generation = self.0.generation.get().wrapping_add(1);
        self.0.generation.set(generation);
        self.0.heard.set(js_sys::Date::now());
        let Ok(socket) = web_sys::WebSocket::new_with_str(&self.0.url, SUBPROTOCOL) else {
            self.lost();
            return;
        };
        socket.set_binary_type(web_sys::BinaryType::Arraybuffer);
        for (name, handler) in [
            ("open", Self::opened as fn(&Self, &web_sys::Event)),
            ("message", Self::message),
            ("close", Self::closed),
        ] {
            let link = self.clone();
            let handler = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
                if link.0.generation.get() == generation {
                    handler(&link, &event);
                }
            });
            let _ = socket.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
            self.0.handlers.borrow_mut().push((name, handler));
        }
        *self.0.socket.borrow_mut() = Some(socket);
    }

    fn drop_socket(&self) {
        // The generation moves on first, so that the close below is not taken for a loss.
        self.0.generation.set(self.0.generation.get().wrapping_add(1));
        let handlers = self.0.handlers.take();
        if let Some(socket) = self.0.socket.borrow_mut().take() {
            // A socket tells of its end long after it was closed, when nobody is there to be told.
            for (name, handler) in &handlers {
                let _ = socket.remove_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
            }
            let _ = socket.close();
        }
        // A handler may be what is running now, so it is dropped after this turn of the event loop.
        set_timeout(move || drop(handlers), Duration::ZERO);
    }

    fn opened(&self, _: &web_sys::Event) {
        self.0.heard.set(js_sys::Date::now());
        (self.0.tell)(LinkEvent::Opened);
    }

    fn message(&self, event: &web_sys::Event) {
        let now = js_sys::Date::now();
        self.0.heard.set(now);
        let data = event.unchecked_ref::<web_sys::MessageEvent>().data();
        let bytes = js_sys::Uint8Array::new(&data).to_vec();
        match postcard::from_bytes::<ServerFrame>(&bytes) {
            Ok(frame) => {
                // Only a connection that lasts proves that it works; then the ladder begins anew.
                if matches!(frame, ServerFrame::Heartbeat { .. }) {
                    self.0.attempt.set(0);
                }
                self.0
                    .state
                    .maybe_update(|state| std::mem::replace(state, LinkState::Open) != LinkState::Open);
                (self.0.tell)(LinkEvent::Frame(frame));
            }
            // Another version of the server: a reload brings its site. The ladder keeps the attempts apart.
            Err(_) => self.lost(),
        }
    }

    fn closed(&self, _: &web_sys::Event) {
        self.lost();
    }

    fn lost(&self) {
        self.drop_socket();
        let offline = !online();
        let next = if offline { LinkState::Offline } else { LinkState::Lost };
        self.0.state.maybe_update(|state| std::mem::replace(state, next) != next);
        (self.0.tell)(LinkEvent::Lost);
        let attempt = self.0.attempt.get();
        self.0.attempt.set(attempt.saturating_add(1));
        self.retry_after(ladder::wait(attempt, js_sys::Math::random()));
    }

    fn retry_after(&self, millis: u32) {
        if let Some(waiting) = self.0.retry.take() {
            waiting.clear();
        }
        let link = self.clone();
        let wait = Duration::from_millis(u64::from(millis));
        self.0.retry.set(set_timeout_with_handle(move || link.connect(), wait).ok());
    }

    fn is_open(&self) -> bool {
        self.0.socket.borrow().as_ref().is_some_and(|socket| socket.ready_state() <= web_sys::WebSocket::OPEN)
    }

    /// Reacts to the network, to the page being looked at again, and to silence.
    fn watch(&self) {
        let link = self.clone();
        let _ = window_event_listener(leptos::ev::online, move |_| link.retry_after(0));
        let link = self.clone();
        let _ = window_event_listener(leptos::ev::offline, move |_| link.lost());
        let link = self.clone();
        let visible = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| {
            if !document().hidden() && !link.is_open() {
                link.retry_after(0);
            }
        });
        let _ =
            document().add_event_listener_with_callback("visibilitychange", visible.as_ref().unchecked_ref());
        // The page and its link end together.
        visible.forget();
        let link = self.clone();
        let check = move || {
            // Timers of a hidden page are held back; silence is judged only while somebody looks.
            let silent = js_sys::Date::now() - link.0.heard.get() > SILENCE_MS;
            if silent && !document().hidden() && link.0.socket.borrow().is_some() {
                link.lost();
            }
        };
        let _ = set_interval_with_handle(check, Duration::from_secs(1));
    }
}

/// Whether the browser thinks that it has a network.
pub(crate) fn online() -> bool {
    window().navigator().on_line()
}
