//! Invented complaint mail, the same for the same numbers: message n depends on nothing but n and
//! whether attachments are wanted, so a shorter run is the beginning of a longer one.
//!
//! The mixture is that of a landlord's mailbox: half of it plain or from a webmail, a quarter Outlook
//! with its style sheets and history, some from telephones, forwarded, automatic and bounced; one in
//! four answers an earlier message; one in a hundred arrives twice.

use std::fmt::Write as _;

use data_encoding::BASE64;

/// The landlord's address.
const BOX: &str = "complaints@example.org";

const FIRST: [&str; 16] = [
    "Aled",
    "Bronwen",
    "Comfort",
    "Dai",
    "Ewa",
    "Farida",
    "Gwen",
    "Harjit",
    "Ifan",
    "Jürgen",
    "Kemi",
    "Lowri",
    "Małgorzata",
    "Nasreen",
    "Owain",
    "Siân",
];
const LAST: [&str; 14] = [
    "Achebe",
    "Bevan",
    "Chaudhry",
    "Dąbrowska",
    "Ellis",
    "Farooq",
    "Griffiths",
    "Hughes",
    "Iqbal",
    "Jenkins",
    "Kaur",
    "Lefèvre",
    "Morgan",
    "O'Neill",
];
const HOSTS: [&str; 5] =
    ["post.example.com", "mail.example.com", "home.example.net", "work.example.com", "example.net"];
const STREETS: [&str; 8] =
    ["Orchard Road", "Canal Street", "Mill Close", "Priory Court", "Kiln Lane", "Dock View", "Elm Walk", "Quarry Bank"];
const TOPICS: [&str; 7] =
    ["damp and mould", "the boiler", "noise at night", "the service charge", "the lift", "the bins", "a missed visit"];
const WORDS: [&str; 22] = [
    "The mould in the back bedroom has come back for the third time since it was washed down.",
    "The wall behind the wardrobe is wet to the touch and the plaster comes away by the handful.",
    "My youngest uses an inhaler and the surgery has put in writing that the damp makes it worse.",
    "A surveyor came with a meter, said it was condensation and left again after ten minutes.",
    "We run the fan, open the windows and still wipe water off the sills every morning.",
    "There has been no heating since Monday and no hot water apart from the kettle.",
    "I stayed off work for the visit and nobody came, called or wrote.",
    "The job has been closed and opened again four times without anybody looking at it.",
    "Water comes through the light fitting in the hall whenever a bath is run upstairs.",
    "The shouting from the flat above went on until three in the morning again.",
    "I sent in the diary sheets as I was asked to and have heard nothing since.",
    "The fire door is wedged open and there is a burnt mattress in the stairwell.",
    "Our charge has gone up by £312.40 a year and the breakdown is one line long.",
    "We are billed for a caretaker whom nobody has seen since the spring.",
    "The lift has been out of order for nine weeks and my mother cannot manage the stairs.",
    "I was told to ring the police, and the police told me to ring you.",
    "I explained that I am deaf and was told that the only way forward was to telephone.",
    "The bins have not been emptied for five weeks and there are rats by the rear entrance.",
    "I would like a written answer and a date by which the work will be done.",
    "I want the work done properly, an apology, and something towards what this has cost.",
    "Please do not ring, I work nights; write to me instead.",
    "If I hear nothing within ten working days I shall write to the Ombudsman.",
];
/// Sentences beyond ASCII; the first three fit windows-1252.
const BEYOND: [&str; 6] = [
    "We’ve paid £84.50 out of our own pocket – that is not “reasonable wear”.",
    "The café downstairs, Mrs Lefèvre’s, has the same trouble at 12 °C.",
    "It is naïve of me, but I believed the date you gave…",
    "Mae’r lleithder yn y tŷ yn waeth – mae’n ŵyl i’r llwydni.",
    "Proszę o pomoc, ściana jest mokra i żółta.",
    "Please help 🙏 the ceiling is coming down.",
];
const STYLES: &str = "<style><!-- p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; \
    font-family:\"Calibri\",sans-serif; mso-fareast-language:EN-US;} a:link, span.MsoHyperlink {mso-style-priority:99; \
    color:#0563C1; text-decoration:underline;} span.EmailStyle18 {mso-style-type:personal-reply; color:windowtext;} \
    @page WordSection1 {size:612.0pt 792.0pt; margin:72.0pt 72.0pt 72.0pt 72.0pt;} --></style>\
    <!--[if gte mso 9]><xml><o:shapedefaults v:ext=\"edit\" spidmax=\"1026\"/></xml><![endif]-->";

/// Numbers that look random (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    fn in_a_thousand(&mut self, part: u64) -> bool {
        self.below(1000) < part
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    fn noise(&mut self, bytes: usize) -> Vec<u8> {
        let mut noise = Vec::with_capacity(bytes + 8);
        while noise.len() < bytes {
            noise.extend(self.roll().to_le_bytes());
        }
        noise.truncate(bytes);
        noise
    }

    /// A line of Base64, folded like a signature in a header.
    fn signature(&mut self, bytes: usize) -> String {
        let noise = self.noise(bytes);
        folded(&BASE64.encode(&noise), "\n\t")
    }
}

fn folded(text: &str, with: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(with)
}

/// How the text is written.
#[derive(Clone, Copy)]
enum Charset {
    Ascii,
    Windows,
    Utf8,
}

impl Charset {
    fn name(self) -> &'static str {
        match self {
            Self::Ascii => "us-ascii",
            Self::Windows => "windows-1252",
            Self::Utf8 => "utf-8",
        }
    }

    fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Windows => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
            Self::Ascii | Self::Utf8 => text.as_bytes().to_vec(),
        }
    }
}

struct Person {
    name: String,
    address: String,
    home: String,
}

/// Message `n`, with LF line ends as a Maildir keeps it.
pub fn message(n: u64, attachments: bool) -> Vec<u8> {
    let mut dice = Dice(n.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 7);
    if n > 50 && dice.in_a_thousand(10) {
        return message(n - 1 - dice.below(40), attachments);
    }
    let kind = dice.below(100);
    // An answer comes from the person who wrote the message it answers.
    let answered = (kind < 90 && n > 50 && dice.in_a_thousand(240)).then(|| n - 1 - dice.below(40));
    let person = person(answered.unwrap_or(n));
    let topic = dice.pick(&TOPICS);
    let mut head = envelope(&mut dice, &person, (40..62).contains(&kind));
    let re = if answered.is_some() { "Re: " } else { "" };
    let subject = match kind {
        90..95 => "Automatic reply: Your complaint".to_owned(),
        95.. => "Undelivered Mail Returned to Sender".to_owned(),
        _ => format!("{re}{topic}, {}", person.home),
    };
    let from = if kind < 95 {
        format!("{} <{}>", word(&person.name), person.address)
    } else {
        "Mail Delivery System <MAILER-DAEMON@mx.example.com>".to_owned()
    };
    write!(
        head,
        "MIME-Version: 1.0\nFrom: {from}\nTo: Complaints <{BOX}>\nSubject: {}\nDate: {}\nMessage-ID: <{}>\n",
        word(&subject),
        date(n),
        id(n)
    )
    .unwrap();
    if let Some(earlier) = answered {
        write!(head, "In-Reply-To: <{0}>\nReferences: <{0}>\n", id(earlier)).unwrap();
    }
    if kind >= 90 {
        head.push_str("Auto-Submitted: auto-replied\n");
    }
    let body = match kind {
        95.. => bounce(&mut dice, &person),
        90.. => part("text/plain", Charset::Utf8, "I am away until Thursday and will read this when I am back.\n", 0),
        _ => complaint(&mut dice, kind, &person, topic, attachments),
    };
    [head.into_bytes(), body].concat()
}

fn id(n: u64) -> String {
    format!("{:016x}.{n}@{}", Dice(n).roll(), HOSTS[(n % 5) as usize])
}

fn date(n: u64) -> String {
    let minute = n % 1_440;
    format!("Mon, 23 Nov 2026 {:02}:{:02}:{:02} +0000", minute / 60, minute % 60, n % 60)
}

fn person(n: u64) -> Person {
    let mut dice = Dice(n ^ 0x00a0_11ce);
    let name = format!("{} {}", dice.pick(&FIRST), dice.pick(&LAST));
    let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    let home = format!("{} {}", 1 + dice.below(180), dice.pick(&STREETS));
    Person { address: format!("{plain}{}@{}", dice.below(10_000), dice.pick(&HOSTS)), name, home }
}

/// A word of a header, encoded when it is not ASCII (RFC 2047).
fn word(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { format!("=?utf-8?B?{}?=", BASE64.encode(text.as_bytes())) }
}

/// What the servers on the way have written above the message.
fn envelope(dice: &mut Dice, person: &Person, exchange: bool) -> String {
    let host = person.address.split('@').next_back().unwrap();
    let mut head = format!("Return-Path: <{}>\nDelivered-To: {BOX}\n", person.address);
    for _ in 0..2 + dice.below(4) {
        let (hop, number, queue) = (dice.below(40), dice.below(254), dice.roll());
        writeln!(
            head,
            "Received: from mx{hop}.{host} (mx{hop}.{host} [203.0.113.{number}])\n\tby in1.example.org (Postfix) with \
             ESMTPS id {queue:011X}\n\tfor <{BOX}>; Mon, 23 Nov 2026 09:00:00 +0000"
        )
        .unwrap();
    }
    writeln!(
        head,
        "Authentication-Results: in1.example.org; dkim=pass header.d={host};\n\tspf=pass smtp.mailfrom={}; dmarc=pass\n\
         DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=s1;\n\tbh={};\n\tb={}",
        person.address,
        dice.signature(32),
        dice.signature(256)
    )
    .unwrap();
    if exchange {
        let length = 400 + dice.below(900) as usize;
        writeln!(
            head,
            "ARC-Seal: i=1; a=rsa-sha256; s=arcselector; d={host}; cv=none;\n\tb={}\n\
             ARC-Message-Signature: i=1; a=rsa-sha256; d={host};\n\tb={}\n\
             X-Microsoft-Antispam-Message-Info:\n\t{}\nThread-Index: {}",
            dice.signature(256),
            dice.signature(256),
            dice.signature(length),
            dice.signature(22)
        )
        .unwrap();
    }
    head
}

fn paragraph(dice: &mut Dice) -> String {
    let sentences: Vec<&str> = (0..2 + dice.below(3)).map(|_| dice.pick(&WORDS)).collect();
    sentences.join(" ")
}

fn complaint(dice: &mut Dice, kind: u64, person: &Person, topic: &str, attachments: bool) -> Vec<u8> {
    let (charset, beyond) = match dice.below(100) {
        0..25 => (Charset::Ascii, None),
        25..50 => (Charset::Windows, Some(dice.pick(&BEYOND[..3]))),
        _ => (Charset::Utf8, Some(dice.pick(&BEYOND))),
    };
    let longest = if (62..76).contains(&kind) { 3 } else { 9 };
    let mut paragraphs = vec![format!("I am writing to complain about {topic} at {}.", person.home)];
    paragraphs.extend((0..1 + dice.below(longest)).map(|_| paragraph(dice)));
    paragraphs.extend(beyond.map(str::to_owned));
    // The windows-1252 corpus keeps names in ASCII: some of them are not in that set.
    let name: String = person.name.chars().filter(|c| matches!(charset, Charset::Utf8) || c.is_ascii()).collect();
    paragraphs.push(format!("Regards\n{name}"));
    let paragraphs: Vec<String> = match charset {
        Charset::Ascii => paragraphs.iter().map(|text| text.replace('£', "GBP ")).collect(),
        Charset::Windows | Charset::Utf8 => paragraphs,
    };
    let text = wrapped(&paragraphs.join("\n\n"));
    let coding = dice.below(3);
    let boundary = format!("=_{:016x}", dice.roll());
    let inner = match kind {
        0..40 => part("text/plain", charset, &text, coding),
        40..62 => {
            let history: Vec<String> = (0..6 + dice.below(24)).map(|_| paragraph(dice)).collect();
            let history: Vec<String> = history.iter().map(|text| text.replace('£', "GBP ")).collect();
            let blocks = |list: &[String]| -> String {
                list.iter()
                    .map(|p| format!("<p class=\"MsoNormal\"><span lang=\"EN-GB\">{p}<o:p></o:p></span></p>\n"))
                    .collect()
            };
            let html = format!(
                "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\"><head>{STYLES}</head><body>{}<div \
                 style=\"border-top:solid #E1E1E1 1.0pt\"><p><b>From:</b> Complaints<br><b>Subject:</b> {topic}</p></div>\
                 {}</body></html>\n",
                blocks(&paragraphs),
                blocks(&history)
            );
            let text = format!("{text}\n\nFrom: Complaints\nSubject: {topic}\n\n{}", wrapped(&history.join("\n\n")));
            let parts = [part("text/plain", charset, &text, coding), part("text/html", charset, &html, coding)];
            multipart("alternative", &boundary, &parts)
        }
        _ => {
            let quoted: Vec<String> = (0..dice.below(8)).map(|_| paragraph(dice).replace('£', "GBP ")).collect();
            let text = format!("{text}\n\nOn Monday, Complaints wrote:\n> {}\n", quoted.join("\n>\n> "));
            let paragraphs: Vec<String> = paragraphs.into_iter().chain(quoted).collect();
            let html: String = paragraphs.iter().map(|p| format!("<div dir=\"ltr\">{p}<br><br></div>\n")).collect();
            let parts = [part("text/plain", charset, &text, coding), part("text/html", charset, &html, coding)];
            multipart("alternative", &boundary, &parts)
        }
    };
    let files = files(dice, attachments);
    if files.is_empty() {
        return inner;
    }
    let parts: Vec<Vec<u8>> = std::iter::once(inner).chain(files).collect();
    multipart("mixed", &format!("{boundary}M"), &parts)
}

/// Photographs with one message in ten, a document with one in twenty.
fn files(dice: &mut Dice, wanted: bool) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    match dice.below(100) {
        0..10 => {
            for number in 0..1 + dice.below(3) {
                // From 100 kB to 3 MB, small ones more often.
                let size = 100_000.0 * 30_f64.powf(dice.below(1000) as f64 / 1000.0);
                files.push(("image/jpeg", format!("IMG_{number}.jpg"), size as usize));
            }
        }
        10..15 => files.push(("application/pdf", "letter.pdf".to_owned(), 8_000 + dice.below(170_000) as usize)),
        _ => {}
    }
    if !wanted {
        return Vec::new();
    }
    files
        .into_iter()
        .map(|(media, name, size)| {
            let data = folded(&BASE64.encode(&dice.noise(size)), "\n");
            format!(
                "Content-Type: {media}; name=\"{name}\"\nContent-Transfer-Encoding: base64\n\
                 Content-Disposition: attachment; filename=\"{name}\"\n\n{data}\n"
            )
            .into_bytes()
        })
        .collect()
}

fn bounce(dice: &mut Dice, person: &Person) -> Vec<u8> {
    let status = dice.pick(&["5.1.1", "5.2.2", "4.4.1", "5.7.1"]);
    let to = &person.address;
    let parts = [
        format!("Content-Type: text/plain\n\nThis is the mail system. Your message could not be delivered to {to}.\n"),
        format!(
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n\
             Final-Recipient: rfc822; {to}\nAction: failed\nStatus: {status}\n"
        ),
        format!("Content-Type: message/rfc822\n\nFrom: {BOX}\nTo: {to}\nSubject: Your complaint\n\nThank you.\n"),
    ];
    multipart("report; report-type=delivery-status", "=_report", &parts.map(String::into_bytes))
}

fn multipart(kind: &str, boundary: &str, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\n\n").into_bytes();
    for part in parts {
        out.extend(format!("--{boundary}\n").into_bytes());
        out.extend(part);
        out.push(b'\n');
    }
    out.extend(format!("--{boundary}--\n").into_bytes());
    out
}

fn part(media: &str, charset: Charset, text: &str, coding: u64) -> Vec<u8> {
    let bytes = charset.bytes(text);
    let (coding, data) = match coding {
        0 => ("base64", folded(&BASE64.encode(&bytes), "\n").into_bytes()),
        1 => ("8bit", bytes),
        _ => ("quoted-printable", quoted_printable(&bytes)),
    };
    let head =
        format!("Content-Type: {media}; charset=\"{}\"\nContent-Transfer-Encoding: {coding}\n\n", charset.name());
    [head.into_bytes(), data, b"\n".to_vec()].concat()
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut column) = (String::new(), 0);
    for &byte in bytes {
        if column >= 72 && byte != b'\n' {
            out.push_str("=\n");
            column = 0;
        }
        match byte {
            b'\n' => {
                out.push('\n');
                column = 0;
            }
            b'=' | 0x7f.. => {
                write!(out, "={byte:02X}").unwrap();
                column += 3;
            }
            _ => {
                out.push(char::from(byte));
                column += 1;
            }
        }
    }
    out.into_bytes()
}

fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for word in text.split(' ') {
        if column > 0 {
            out.push(if column + word.len() > 72 { '\n' } else { ' ' });
        }
        column = if column + word.len() > 72 { 0 } else { column };
        out.push_str(word);
        column += word.len() + 1;
    }
    out
}
