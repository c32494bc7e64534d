//! Terminal colours for the tones of a document.

use anstyle::{AnsiColor, Style};

use crate::outputs::document::Tone;

/// Whether text is coloured, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// Whether there are colours.
    pub(super) color: bool,
}

impl Palette {
    /// The text in the colour of its tone.
    pub(super) fn paint(self, text: &str, tone: Tone) -> String {
        let style = style(tone);
        if !self.color || text.is_empty() || style.is_plain() {
            return text.to_owned();
        }
        format!("{style}{text}{style:#}")
    }
}

const fn style(tone: Tone) -> Style {
    match tone {
        Tone::Normal => Style::new(),
        Tone::Answer => Style::new().bold(),
        Tone::Basis => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Warning => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
    }
}
