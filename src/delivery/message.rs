//! The formats of webhook messages.

/// Format of the message that a webhook receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageForm {
    /// Schema `capmodel/delivery/v1`, including the whole report.
    Json,
    /// A short Slack message.
    Slack,
}
