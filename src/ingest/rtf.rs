//! Compressed RTF (MS-OXRTFCP), in which Outlook keeps formatted text: to the bytes of an RTF file,
//! and from those to bare words.

/// How large an unpacked text may grow.
const MAX_RTF: usize = 4 * 1024 * 1024;

/// What every window begins with (MS-OXRTFCP 2.1.3.1.2).
const START: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// The size of the window that references point into.
const WINDOW: usize = 4096;

/// The RTF; `None` when these bytes are none. Stops where the bytes end or make no sense.
#[must_use]
pub fn decompress(packed: &[u8]) -> Option<Vec<u8>> {
    let kind = packed.get(8..12)?;
    let content = packed.get(16..)?;
    match kind {
        b"MELA" => return Some(content.get(..MAX_RTF).unwrap_or(content).to_vec()),
        b"LZFu" => {}
        _ => return None,
    }
    let mut window = [0_u8; WINDOW];
    for (slot, &byte) in window.iter_mut().zip(START) {
        *slot = byte;
    }
    let mut write = START.len();
    let mut out = Vec::new();
    let mut rest = content.iter();
    let mut put = |byte: u8, write: &mut usize, window: &mut [u8; WINDOW]| {
        out.push(byte);
        if let Some(slot) = window.get_mut(*write) {
            *slot = byte;
        }
        *write = (*write + 1) % WINDOW;
        out.len() < MAX_RTF
    };
    'all: while let Some(&flags) = rest.next() {
        for bit in 0..8 {
            if flags & (1 << bit) == 0 {
                let Some(&byte) = rest.next() else { break 'all };
                if !put(byte, &mut write, &mut window) {
                    break 'all;
                }
                continue;
            }
            let (Some(&high), Some(&low)) = (rest.next(), rest.next()) else { break 'all };
            let (offset, length) = (usize::from(high) << 4 | usize::from(low) >> 4, usize::from(low & 15) + 2);
            if offset == write {
                break 'all;
            }
            for step in 0..length {
                let byte = window.get((offset + step) % WINDOW).copied().unwrap_or_default();
                if !put(byte, &mut write, &mut window) {
                    break 'all;
                }
            }
        }
    }
    Some(out)
}

/// The words of an RTF file: no more than a reader needs who has nothing else.
#[must_use]
pub fn words(rtf: &[u8]) -> String {
    let mut out = String::new();
    let mut bytes = Vec::new();
    let mut state = State::default();
    let mut outer: Vec<State> = Vec::new();
    let mut rest = rtf;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' if outer.len() < 1_000 => outer.push(state),
            b'}' => state = outer.pop().unwrap_or_default(),
            b'{' | b'\r' | b'\n' => {}
            b'\\' => {
                let control = Control::at(rest);
                rest = rest.get(control.length..).unwrap_or_default();
                // Letters given by their number stand in the text's own code page until then.
                if !matches!(control.kind, Kind::Byte(_)) {
                    out.push_str(&super::text::decode("windows-1252", &bytes));
                    bytes.clear();
                }
                match control.kind {
                    Kind::Byte(byte) if state.shown() => bytes.push(byte),
                    Kind::Letter(letter) if state.shown() => {
                        out.push(letter);
                        rest = rest.get(control.replaces..).unwrap_or_default();
                    }
                    Kind::Hide => state.hidden = true,
                    Kind::Duplicate(duplicate) => state.duplicate = duplicate,
                    _ => {}
                }
            }
            byte if state.shown() => bytes.push(byte),
            _ => {}
        }
    }
    out.push_str(&super::text::decode("windows-1252", &bytes));
    super::text::clean(&out)
}

/// What a group inherits.
#[derive(Clone, Copy, Default)]
struct State {
    /// In a table of fonts, a picture, a field's workings.
    hidden: bool,
    /// In formatting that only repeats the HTML it was made from (MS-OXRTFEX `\htmlrtf`).
    duplicate: bool,
}

impl State {
    fn shown(self) -> bool {
        !self.hidden && !self.duplicate
    }
}

enum Kind {
    Byte(u8),
    Letter(char),
    Hide,
    Duplicate(bool),
    Nothing,
}

struct Control {
    kind: Kind,
    /// How many bytes it takes, behind the backslash.
    length: usize,
    /// How many bytes follow for readers that do not know the letter.
    replaces: usize,
}

impl Control {
    fn at(rest: &[u8]) -> Self {
        let of = |kind, length| Self { kind, length, replaces: 0 };
        match rest.first() {
            Some(b'\'') => {
                let pair = rest.get(1..3).and_then(|pair| std::str::from_utf8(pair).ok());
                let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
                return byte.map_or_else(|| of(Kind::Nothing, 1), |byte| of(Kind::Byte(byte), 3));
            }
            Some(b'*') => return of(Kind::Hide, 1),
            Some(b'~') => return of(Kind::Letter(' '), 1),
            Some(&byte @ (b'\\' | b'{' | b'}')) => return of(Kind::Byte(byte), 1),
            Some(byte) if byte.is_ascii_alphabetic() => {}
            _ => return of(Kind::Nothing, 1),
        }
        let name_end = rest.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(rest.len());
        let after = rest.get(name_end..).unwrap_or_default();
        let digits =
            after.iter().enumerate().position(|(at, byte)| !(byte.is_ascii_digit() || at == 0 && *byte == b'-'));
        let digits = digits.unwrap_or(after.len()).min(11);
        let number =
            std::str::from_utf8(after.get(..digits).unwrap_or_default()).ok().and_then(|n| n.parse::<i32>().ok());
        let space = usize::from(after.get(digits) == Some(&b' '));
        let length = name_end + digits + space;
        match (rest.get(..name_end).unwrap_or_default(), number) {
            (b"par" | b"line" | b"row", _) => of(Kind::Letter('\n'), length),
            (b"tab" | b"cell", _) => of(Kind::Letter('\t'), length),
            (b"u", Some(number)) => {
                let number = u32::try_from(if number < 0 { number + 65_536 } else { number }).unwrap_or_default();
                let letter = char::from_u32(number).unwrap_or('\u{FFFD}');
                let replaces = if rest.get(length..).is_some_and(|rest| rest.starts_with(b"\\'")) { 4 } else { 1 };
                Self { kind: Kind::Letter(letter), length, replaces }
            }
            (b"htmlrtf", number) => of(Kind::Duplicate(number != Some(0)), length),
            (b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header" | b"footer", _) => {
                of(Kind::Hide, length)
            }
            _ => of(Kind::Nothing, length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_formatted_text_are_read() {
        let rtf = b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 The damp \\b is\\b0  back.\\par\r\nCaf\\'e9 \\u8364?20 {\\*\\x gone}\\{ok\\}}";
        assert_eq!(words(rtf), "The damp is back.\nCafé €20 {ok}");
        let from_html = b"{\\rtf1\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\b\\htmlrtf0 Hello\\htmlrtf }\\htmlrtf0 {\\*\\htmltag72 </p>}}";
        assert_eq!(words(from_html), "Hello");
        assert_eq!(words(&b"{".repeat(100_000)), "");
    }

    /// The example of MS-OXRTFCP 3.1.
    #[test]
    fn compressed_text_is_unpacked() {
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 3, 0, 0x0a, 0, 0x72, 0x63,
            0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0, 0x20, 0x62, 0x77, 5,
            0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(decompress(&packed).unwrap(), b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(decompress(b"LZFu"), None);
    }
}
