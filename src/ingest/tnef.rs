//! `winmail.dat`: the text and the attachments that Outlook packs together (MS-OXTNEF).
//!
//! Total and bounded: every length is checked against what is there, nothing is read twice, embedded
//! messages are opened to a fixed depth. What follows a damaged place is left out, and said.

use super::rtf;

/// The first four bytes.
const SIGNATURE: u32 = 0x223E_9F78;

/// How many attachments are taken out.
const MAX_ATTACHMENTS: usize = 1_000;

/// How deep messages within attachments are opened.
const MAX_DEPTH: usize = 3;

// Attributes (MS-OXTNEF 2.1.3.1), by their identifier without their type.
const OEM_CODEPAGE: u16 = 0x9007;
const BODY: u16 = 0x800C;
const MESSAGE_PROPERTIES: u16 = 0x9003;
const RENDER_DATA: u16 = 0x9002;
const TITLE: u16 = 0x8010;
const DATA: u16 = 0x800F;
const ATTACHMENT_PROPERTIES: u16 = 0x9005;

// Properties (MS-OXPROPS).
const PR_BODY: u16 = 0x1000;
const PR_RTF_COMPRESSED: u16 = 0x1009;
const PR_HTML: u16 = 0x1013;
const PR_DISPLAY_NAME: u16 = 0x3001;
const PR_ATTACH_DATA: u16 = 0x3701;
const PR_ATTACH_FILENAME: u16 = 0x3704;
const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;
const PR_ATTACH_MIME_TAG: u16 = 0x370E;

/// What was packed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// The plain text, if there is one.
    pub text: Option<String>,
    /// The text as HTML, if there is one.
    pub html: Option<String>,
    /// The text as RTF, if there is one.
    pub rtf: Option<Vec<u8>>,
    /// The attachments.
    pub files: Vec<File>,
    /// Whether it ends before its end, or parts of it make no sense.
    pub damaged: bool,
}

/// One packed attachment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The name the sender gave, if any.
    pub name: Option<String>,
    /// The media type the sender gave, if any.
    pub media_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Unpacks; `None` when this is no such file.
#[must_use]
pub fn unpack(bytes: &[u8]) -> Option<Unpacked> {
    unpack_at(bytes, 0)
}

fn unpack_at(bytes: &[u8], depth: usize) -> Option<Unpacked> {
    let mut bytes = Cursor(bytes);
    (bytes.u32()? == SIGNATURE).then_some(())?;
    bytes.u16()?;
    let mut reader = Reader { depth, ..Reader::default() };
    while !bytes.0.is_empty() {
        if reader.attribute(&mut bytes).is_none() {
            reader.out.damaged = true;
            break;
        }
    }
    reader.close_file();
    Some(reader.out)
}

#[derive(Default)]
struct Reader {
    out: Unpacked,
    file: Option<File>,
    codepage: u32,
    depth: usize,
}

impl Reader {
    /// Reads one attribute: level, identifier, type, length, data, checksum.
    fn attribute(&mut self, bytes: &mut Cursor<'_>) -> Option<()> {
        bytes.u8()?;
        let (id, _kind) = (bytes.u16()?, bytes.u16()?);
        let length = bytes.u32()?;
        let data = bytes.take(length)?;
        bytes.u16()?;
        match id {
            OEM_CODEPAGE => self.codepage = Cursor(data).u32()?,
            BODY => self.out.text = Some(self.narrow(data)),
            MESSAGE_PROPERTIES => self.properties(&mut Cursor(data), Self::message_property)?,
            RENDER_DATA => {
                self.close_file();
                self.file = Some(File::default());
            }
            TITLE => {
                let name = self.narrow(data);
                self.file.get_or_insert_default().name.get_or_insert(name);
            }
            DATA => self.file.get_or_insert_default().bytes = data.to_vec(),
            ATTACHMENT_PROPERTIES => self.properties(&mut Cursor(data), Self::file_property)?,
            _ => {}
        }
        Some(())
    }

    fn close_file(&mut self) {
        if let Some(file) = self.file.take().filter(|file| *file != File::default()) {
            if self.out.files.len() < MAX_ATTACHMENTS {
                self.out.files.push(file);
            } else {
                self.out.damaged = true;
            }
        }
    }

    fn message_property(&mut self, id: u16, value: Value<'_>) {
        match (id, value) {
            (PR_BODY, value) => self.out.text = value.text(self.codepage).or(self.out.text.take()),
            (PR_HTML, Value::Bytes(html)) => self.out.html = Some(super::text::decode(&label(self.codepage), html)),
            (PR_HTML, value) => self.out.html = value.text(self.codepage),
            (PR_RTF_COMPRESSED, Value::Bytes(packed)) => self.out.rtf = rtf::decompress(packed),
            _ => {}
        }
    }

    fn file_property(&mut self, id: u16, value: Value<'_>) {
        let (codepage, depth) = (self.codepage, self.depth);
        let file = self.file.get_or_insert_default();
        match (id, value) {
            // The long name counts, then the short one, which may stand there already.
            (PR_ATTACH_LONG_FILENAME, value) => file.name = value.text(codepage).or(file.name.take()),
            (PR_ATTACH_FILENAME | PR_DISPLAY_NAME, value) if file.name.is_none() => file.name = value.text(codepage),
            (PR_ATTACH_MIME_TAG, value) => file.media_type = value.text(codepage),
            (PR_ATTACH_DATA, Value::Bytes(data)) => file.bytes = data.to_vec(),
            (PR_ATTACH_DATA, Value::Object(data)) if depth < MAX_DEPTH => {
                // 16 bytes that say what it is, then it: a packed message, or something of another program.
                let inner = data.get(16..).unwrap_or_default();
                match unpack_at(inner, depth + 1) {
                    Some(message) => self.embedded(message),
                    None => file.bytes = inner.to_vec(),
                }
            }
            (PR_ATTACH_DATA, Value::Object(data)) => file.bytes = data.to_vec(),
            _ => {}
        }
    }

    /// A message within: its text as a file, followed by its attachments.
    fn embedded(&mut self, inner: Unpacked) {
        let file = self.file.get_or_insert_default();
        let (ending, media_type, bytes) = match inner {
            Unpacked { text: Some(text), .. } => ("txt", "text/plain", text.into_bytes()),
            Unpacked { html: Some(html), .. } => ("html", "text/html", html.into_bytes()),
            Unpacked { rtf: Some(rtf), .. } => ("rtf", "application/rtf", rtf),
            _ => ("txt", "text/plain", Vec::new()),
        };
        file.media_type = Some(media_type.to_owned());
        file.name = Some(format!("{}.{ending}", file.name.take().unwrap_or_else(|| "message".to_owned())));
        file.bytes = bytes;
        self.close_file();
        self.out.damaged |= inner.damaged;
        let room = MAX_ATTACHMENTS.saturating_sub(self.out.files.len());
        self.out.files.extend(inner.files.into_iter().take(room));
    }

    /// Reads a list of properties (MS-OXTNEF 2.1.3.4): type, identifier, for named ones the name, value.
    fn properties(&mut self, bytes: &mut Cursor<'_>, each: impl Fn(&mut Self, u16, Value<'_>)) -> Option<()> {
        let count = bytes.u32()?;
        for _ in 0..count {
            let (kind, id) = (bytes.u16()?, bytes.u16()?);
            if id >= 0x8000 {
                bytes.take(16)?;
                if bytes.u32()? == 0 {
                    bytes.u32()?;
                } else {
                    let length = bytes.u32()?;
                    bytes.padded(length)?;
                }
            }
            let many = kind & 0x1000 != 0;
            let kind = kind & 0x0FFF;
            let fixed = match kind {
                0x02 | 0x03 | 0x04 | 0x0A | 0x0B => Some(4),
                0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
                0x48 => Some(16),
                _ => None,
            };
            // Strings, bytes and objects carry a count even when there is one.
            let values = if many || fixed.is_none() { bytes.u32()? } else { 1 };
            for place in 0..values {
                let length = fixed.map_or_else(|| bytes.u32(), Some)?;
                let data = bytes.padded(length)?;
                let value = match kind {
                    0x1E => Value::Narrow(data),
                    0x1F => Value::Wide(data),
                    0x02..=0x0C | 0x14 | 0x40 | 0x48 => continue,
                    0x0D => Value::Object(data),
                    0x102 => Value::Bytes(data),
                    _ => return None,
                };
                if place == 0 {
                    each(self, id, value);
                }
            }
        }
        Some(())
    }

    fn narrow(&self, data: &[u8]) -> String {
        Value::Narrow(data).text(self.codepage).unwrap_or_default()
    }
}

enum Value<'x> {
    Narrow(&'x [u8]),
    Wide(&'x [u8]),
    Bytes(&'x [u8]),
    Object(&'x [u8]),
}

impl Value<'_> {
    fn text(&self, codepage: u32) -> Option<String> {
        let text = match self {
            Self::Narrow(data) => super::text::decode(&label(codepage), data),
            Self::Wide(data) => super::text::decode("utf-16le", data),
            Self::Bytes(_) | Self::Object(_) => return None,
        };
        Some(text.trim_end_matches('\0').to_owned()).filter(|text| !text.is_empty())
    }
}

/// The label of a Windows code page; windows-1252 where none is named.
fn label(codepage: u32) -> String {
    match codepage {
        65001 => "utf-8".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20127 => "us-ascii".to_owned(),
        28591..=28605 => format!("iso-8859-{}", codepage - 28590),
        1250..=1258 => format!("windows-{codepage}"),
        _ => "windows-1252".to_owned(),
    }
}

/// What is left to read; every step checks that it is there. Numbers are little-endian.
struct Cursor<'x>(&'x [u8]);

impl<'x> Cursor<'x> {
    fn take(&mut self, length: u32) -> Option<&'x [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    /// Values are padded to four bytes, except that the last may end without.
    fn padded(&mut self, length: u32) -> Option<&'x [u8]> {
        let taken = self.take(length)?;
        let padding = (4 - taken.len() % 4) % 4;
        self.0 = self.0.get(padding..).unwrap_or_default();
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
}
