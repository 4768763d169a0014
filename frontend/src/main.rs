//! The program of the site. It runs in a browser; `cargo bundle` builds it.

#[cfg(target_arch = "wasm32")]
fn main() {
    zooscope_frontend::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser: build it with `cargo bundle`");
}
