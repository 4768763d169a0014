//! What the live and the browser tests share: real servers, the built console, real lock clients, a real browser, and a
//! proxy that breaks links. Everything here is started by one test process and ends with it, however it ends.

pub mod browser;
pub mod console;
pub mod corpus;
pub mod ensemble;
pub mod hostile;
pub mod idp;
pub mod peers;
pub mod person;
pub mod presence;
pub mod proxy;
pub mod scale;
pub mod scene;
pub mod settle;
pub mod stream;
pub mod terminator;
pub mod transactions;
pub mod zookeeper;

pub use console::{Console, confirmed};
pub use ensemble::Ensemble;
pub use peers::{Peer, State};
pub use person::Person;
pub use scene::Scene;
pub use settle::eventually;
