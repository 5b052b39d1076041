//! What letters look like on paper: each kind in ordinary and in large print, its pages side by side, held
//! against the picture that somebody has looked at (`pictures/`). After a change that is meant, run the test
//! with `ACCEPT_PAGES=1` and look at the pictures that changed.

use std::path::{Path, PathBuf};

use complaintsd::domain::circumstances::LetterFormat;
use complaintsd::domain::letter::LetterKind;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder as _, Luma};

use super::{Pdf, print_to, sample};

/// So many dots in an inch: enough to see every line and most words, in small files.
const DOTS: u32 = 40;

/// So much of the ink may lie elsewhere: what another version of poppler smooths in another way, and no word.
const TOLERATED: f64 = 0.002;

fn picture(kind: LetterKind, format: LetterFormat) -> GrayImage {
    let letter = sample(kind.key());
    let address = ["12 Mill Lane", "Upper Exampleton", "Exampleton", "EX1 2AB"].map(ToOwned::to_owned);
    drawn(&Pdf::of(print_to(&letter.subject, &letter.markdown, ("Siân O'Hara", &address), format).unwrap()))
}

/// All pages side by side, in four shades.
fn drawn(pdf: &Pdf) -> GrayImage {
    pdf.tool(&format!("pdftoppm -r {DOTS} -gray FILE FILE"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(pdf.file().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pgm"))
        .collect();
    files.sort();
    let pages: Vec<GrayImage> = files.iter().map(|file| page(&std::fs::read(file).unwrap())).collect();
    let (width, height) = pages[0].dimensions();
    let mut all = GrayImage::new(width * u32::try_from(pages.len()).unwrap(), height);
    for (number, page) in (0..).zip(&pages) {
        image::imageops::replace(&mut all, page, i64::from(width) * number, 0);
    }
    for Luma([shade]) in all.pixels_mut() {
        *shade = (*shade / 64) * 85;
    }
    all
}

/// As small as it gets: four shades that repeat need no filter.
fn keep(picture: &GrayImage, file: &Path) {
    let to = std::fs::File::create(file).unwrap();
    let encoder = PngEncoder::new_with_quality(to, CompressionType::Best, FilterType::NoFilter);
    encoder.write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::L8).unwrap();
}

/// A page as poppler writes it: `P5`, width, height, the lightest shade, and the pixels.
fn page(bytes: &[u8]) -> GrayImage {
    let end = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).unwrap().0;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let numbers: Vec<u32> = head.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect();
    GrayImage::from_raw(numbers[0], numbers[1], bytes[end + 1..].to_vec()).unwrap()
}

/// Which share of the ink lies elsewhere; all of it when the pages are not as many.
fn differing(one: &GrayImage, other: &GrayImage) -> f64 {
    if one.dimensions() != other.dimensions() {
        return 1.0;
    }
    let ink = one.pixels().filter(|Luma([shade])| *shade < 255).count();
    let apart = |(Luma([one]), Luma([other])): &(&Luma<u8>, &Luma<u8>)| one.abs_diff(*other) > 85;
    let differing = one.pixels().zip(other.pixels()).filter(apart).count();
    f64::from(u32::try_from(differing).unwrap()) / f64::from(u32::try_from(ink.max(1)).unwrap())
}

#[test]
fn every_kind_of_letter_looks_as_somebody_has_seen_it() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/paper/pictures"));
    let accept = std::env::var_os("ACCEPT_PAGES").is_some();
    let mut changed = Vec::new();
    for kind in LetterKind::ALL {
        for format in [LetterFormat::Standard, LetterFormat::LargePrint] {
            let name = format!("{}-{}.png", kind.key(), format.key());
            let (now, file) = (picture(kind, format), folder.join(&name));
            let seen = image::open(&file).ok().map(image::DynamicImage::into_luma8);
            if seen.as_ref().is_some_and(|seen| differing(seen, &now) <= TOLERATED) {
                continue;
            }
            if accept {
                std::fs::create_dir_all(&folder).unwrap();
                keep(&now, &file);
            } else {
                let share = seen.map_or(1.0, |seen| differing(&seen, &now));
                changed.push(format!("{name}: {:.1} % of the ink lies elsewhere", share * 100.0));
            }
        }
    }
    assert!(
        changed.is_empty(),
        "these letters look otherwise than when they were last looked at; look at them with `complaintsd letters \
         preview KIND --format pdf`, and keep them with ACCEPT_PAGES=1:\n{}",
        changed.join("\n")
    );
}

#[test]
fn another_word_a_moved_line_and_a_further_page_are_noticed_and_the_same_letter_is_not() {
    let letter = sample("stage-1-acknowledgement");
    let draw = |markdown: &str| {
        drawn(&Pdf::of(print_to(&letter.subject, markdown, ("Siân O'Hara", &[]), LetterFormat::Standard).unwrap()))
    };
    let first = draw(&letter.markdown);
    assert!(differing(&first, &draw(&letter.markdown)) < f64::EPSILON);
    for (what, markdown) in [
        ("a word", letter.markdown.replacen("Thank you", "Thankful", 1)),
        ("a line", letter.markdown.replacen("Thank you", "\n\nThank you\\\n", 1)),
        ("a page", format!("{}{}", letter.markdown, "\n\nMore.".repeat(60))),
    ] {
        let share = differing(&first, &draw(&markdown));
        assert!(share > TOLERATED, "{what}: {share}");
    }
}
