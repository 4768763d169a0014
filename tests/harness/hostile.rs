//! A web server of somebody who means harm: it serves one page under every name and writes down what browsers send it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Html;

/// A running server on a port of loopback. It ends with the runtime that started it.
#[derive(Debug, Clone)]
pub struct Hostile {
    port: u16,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    page: String,
    heard: Mutex<Vec<String>>,
}

impl Hostile {
    /// Starts one with this page.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(page: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let inner = Inner { page: page.to_owned(), heard: Mutex::default() };
        let hostile = Self { port, inner: Arc::new(inner) };
        let router = Router::new().fallback(answer).with_state(hostile.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hostile
    }

    /// The address of its page under a name.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.port)
    }

    /// Everything that browsers sent it so far: a line for each request, with its headers.
    pub fn heard(&self) -> Vec<String> {
        self.inner.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer(State(hostile): State<Hostile>, request: Request) -> Html<String> {
    let line = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
    hostile.inner.heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    Html(hostile.inner.page.clone())
}
