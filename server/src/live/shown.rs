//! What a view shows, as all who look at it share it: compared once, written once.

use std::sync::{Arc, OnceLock, Weak};

use zooscope_protocol::codec::{Codec, EncodeError, Message};
use zooscope_protocol::{Content, Delta};

/// What a view shows.
#[derive(Debug)]
pub struct Shown {
    content: Content,
    /// What it showed before, which most sessions were sent last.
    before: Weak<Self>,
    /// What changed since then; `None` when nothing did.
    step: OnceLock<Option<Arc<Delta>>>,
    written: [Written; Codec::ALL.len()],
}

/// What is written of it by one codec.
#[derive(Debug, Default)]
struct Written {
    content: OnceLock<Message>,
    step: OnceLock<Message>,
}

/// What changed from one content to another.
#[derive(Debug)]
pub struct Step {
    /// What changed.
    pub delta: Arc<Delta>,
    /// Where it is the step from the content right before, which is the same for everybody.
    shared: Option<Arc<Shown>>,
}

impl Shown {
    /// A content, and what was shown before it.
    pub fn new(content: Content, before: Option<&Arc<Self>>) -> Arc<Self> {
        let before = before.map(Arc::downgrade).unwrap_or_default();
        Arc::new(Self { content, before, step: OnceLock::new(), written: Default::default() })
    }

    /// The content.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What changed from what was sent to this; `None` when nothing did.
    pub fn since(self: &Arc<Self>, sent: &Arc<Self>) -> Option<Step> {
        if Arc::ptr_eq(self, sent) {
            return None;
        }
        if std::ptr::eq(self.before.as_ptr(), Arc::as_ptr(sent)) {
            let step = self.step.get_or_init(|| Delta::between(&sent.content, &self.content).map(Arc::new));
            return step.clone().map(|delta| Step { delta, shared: Some(self.clone()) });
        }
        let delta = Delta::between(&sent.content, &self.content)?;
        Some(Step { delta: Arc::new(delta), shared: None })
    }

    /// The content as the codec writes it.
    pub(super) fn written(&self, codec: Codec) -> Result<&Message, EncodeError> {
        once(&self.written[codec as usize].content, || codec.encode(&self.content))
    }
}

impl Step {
    /// Calls `framed` with the delta as the codec writes it.
    pub(super) fn written<T>(
        &self,
        codec: Codec,
        framed: impl FnOnce(&Message) -> T,
    ) -> Result<T, EncodeError> {
        match &self.shared {
            None => codec.encode(&*self.delta).map(|message| framed(&message)),
            Some(shown) => {
                once(&shown.written[codec as usize].step, || codec.encode(&*self.delta)).map(framed)
            }
        }
    }
}

/// What is in the cell, made if nothing is.
fn once<T, E>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
    if let Some(made) = cell.get() {
        return Ok(made);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}
