//! The SVG elements of plots. Colours and fonts are CSS classes, which the page's style defines for both colour
//! schemes.

use std::fmt::Write;

use crate::outputs::text::printable;

/// Width of a picture in user units. It is shown at 320 to about 640 pixels, so that its 13-unit text is readable at
/// both.
pub(super) const WIDTH: f64 = 420.0;

/// Approximate width of a character in units: that of DejaVu Sans, a wide font, which has 7.6 on average at 13 units.
pub(super) const CHARACTER: f64 = 7.6;

/// Alignment of a text relative to its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The whole picture.
pub(super) fn element(id: &str, title: &str, text: &str, height: f64, body: &str) -> String {
    let (title, text) = (escaped(title), escaped(text));
    format!(
        "<svg role=\"img\" viewBox=\"0 0 {WIDTH} {}\" aria-labelledby=\"{id}-title {id}-text\"><title id=\"{id}-title\">{title}</title>\
         <desc id=\"{id}-text\">{text}</desc>{body}</svg>",
        at(height)
    )
}

/// A straight line.
pub(super) fn line(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> String {
    format!("<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", at(x1), at(y1), at(x2), at(y2))
}

/// A text, shifted to stay within the picture as far as its length is known.
pub(super) fn text(class: &str, (x, y): (f64, f64), anchor: Anchor, what: &str) -> String {
    let width = length(what);
    let (name, least, most) = match anchor {
        Anchor::Start => ("start", 0.0, WIDTH - width),
        Anchor::Middle => ("middle", width / 2.0, WIDTH - width / 2.0),
        Anchor::End => ("end", width, WIDTH),
    };
    let x = x.min(most).max(least);
    format!("<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{name}\">{}</text>", at(x), at(y), escaped(what))
}

/// Approximate width of a text.
pub(super) fn length(text: &str) -> f64 {
    let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(count) * CHARACTER
}

/// A polyline or polygon through points.
pub(super) fn path(class: &str, points: &[(f64, f64)], is_closed: bool) -> String {
    let mut d = String::new();
    if points.is_empty() {
        return d;
    }
    for (index, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if index == 0 { 'M' } else { 'L' }, at(*x), at(*y));
    }
    format!("<path class=\"{class}\" d=\"{d}{}\"/>", if is_closed { "Z" } else { "" })
}

/// Small marks, all in one element, as there may be a thousand of them: dots, or crosses.
pub(super) fn points(class: &str, points: &[(f64, f64)], are_crosses: bool) -> String {
    if points.is_empty() {
        return String::new();
    }
    let mut d = String::new();
    for (x, y) in points {
        // A line of no length with round ends is a dot.
        let _ = match are_crosses {
            true => write!(d, "M{} {}l5 5m0-5l-5 5", at(x - 2.5), at(y - 2.5)),
            false => write!(d, "M{} {}h0", at(*x), at(*y)),
        };
    }
    let form = if are_crosses { " crosses" } else { "" };
    format!("<path class=\"{class}{form}\" d=\"{d}\"/>")
}

/// A rectangle; `title` is its tooltip.
pub(super) fn rect(class: &str, (x, y): (f64, f64), (width, height): (f64, f64), title: &str) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>",
        at(x),
        at(y),
        at(width),
        at(height),
        escaped(title)
    )
}

/// A mark at a point, with a shape for each series: a circle, a square, a diamond, a triangle.
pub(super) fn dot(series: usize, (x, y): (f64, f64), title: &str) -> String {
    const R: f64 = 5.0;
    let class = format!("dot s{}", series % SERIES);
    let shape = match series % 4 {
        0 => format!("<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{R}\">", at(x), at(y)),
        form => {
            let corners: &[(f64, f64)] = match form {
                1 => &[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)],
                2 => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
                _ => &[(0.0, -1.2), (1.2, 1.0), (-1.2, 1.0)],
            };
            let points = corners.iter().map(|(dx, dy)| format!("{},{}", at(x + dx * R), at(y + dy * R)));
            format!("<polygon class=\"{class}\" points=\"{}\">", points.collect::<Vec<_>>().join(" "))
        }
    };
    let end = if series.is_multiple_of(4) { "circle" } else { "polygon" };
    format!("{shape}<title>{}</title></{end}>", escaped(title))
}

/// Number of series colours in the page's style.
pub(super) const SERIES: usize = 6;

/// The colourless series, for the background of the others.
pub(in crate::outputs) const NEUTRAL: usize = SERIES - 1;

/// The legend, in as many lines as necessary, and its height.
pub(super) fn legend<'a>(
    names: impl IntoIterator<Item = &'a str>,
    key: impl Fn(usize, (f64, f64)) -> String,
) -> (String, f64) {
    const KEY: f64 = 26.0;
    const GAP: f64 = 14.0;
    const LINE: f64 = 20.0;
    let (mut out, mut x, mut y) = (String::new(), 4.0, 14.0);
    for (index, name) in names.into_iter().enumerate() {
        let name = shortened(name, WIDTH - KEY - 8.0);
        let wide = KEY + length(&name);
        if x > 4.0 && x + wide > WIDTH {
            (x, y) = (4.0, y + LINE);
        }
        out.push_str(&key(index, (x, y - 4.0)));
        out.push_str(&text("name", (x + KEY, y), Anchor::Start, &name));
        x += wide + GAP;
    }
    if out.is_empty() { (out, 0.0) } else { (out, y + 8.0) }
}

/// A name without its middle if it is wider than `room`.
pub(super) fn shortened(name: &str, room: f64) -> String {
    let letters: Vec<char> = name.chars().collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of letters in a picture")]
    let most = (room / CHARACTER).floor() as usize;
    if letters.len() <= most || most < 3 {
        return name.to_owned();
    }
    let (head, tail) = ((most - 1) / 2, most / 2);
    let start: String = letters.iter().take(head).collect();
    let end: String = letters.iter().skip(letters.len() - tail).collect();
    format!("{start}…{end}")
}

/// A coordinate, rounded to a tenth of a unit.
fn at(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // Negative zero would be written with its sign.
    if tenths == 0.0 { "0".to_owned() } else { format!("{tenths}") }
}

/// Escapes a text for an element or attribute, so that it cannot end it, and removes characters that change the text
/// direction.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let svg = element("a", "<script>", "\"'&", 10.0, &text("tick", (0.0, 0.0), Anchor::Start, "</text><b>"));
        assert!(!svg.contains("<script>") && !svg.contains("<b>"), "{svg}");
        assert!(svg.contains("&quot;&#39;&amp;"), "{svg}");
        assert!(element("a", "b\n\u{202e}c", "", 10.0, "").contains(">b \\u{202e}c<"));
    }

    #[test]
    fn a_text_stays_within_the_picture() {
        assert!(text("tick", (1.0, 0.0), Anchor::Middle, "12345").contains("x=\"19\""));
        assert!(text("tick", (500.0, 0.0), Anchor::End, "12345").contains("x=\"420\""));
        let name = shortened("team-cart/checkout-backend-and-more", 100.0);
        assert_eq!(name, "team-c…d-more");
    }
}
