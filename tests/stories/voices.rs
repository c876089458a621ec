//! Somebody who knows what pairs look like in other tasks reads whole answers and guesses which of them show one. How
//! well that goes is measured on simulated sessions of all tasks; each bound is what was reached.

use catalog::Library;
use engine::Material;
use engine::proof::delivered;
use std::sync::Arc;
use tempfile::TempDir;
use tests::root;

/// How well each may be told, by what is told from what: a change that makes it better writes the better figure here.
const MOST: &[(&str, f64)] = &[
    ("answers that show a pair from all others", 0.60),
    ("answers that show a pair from those of the index", 0.87),
    ("sentences of pairs from those of the index", 0.99),
];

#[test]
fn answers_with_a_pair_are_told_from_others_no_better_than_they_were() {
    let git = TempDir::new().expect("a folder for repositories");
    let library = Library::load(&root().join("repos"), &[root().join("tasks")], git.path()).expect("the library");
    let materials: Vec<Material> = library.tasks().map(|task| Material::new(Arc::clone(task))).collect();
    let told = delivered(&materials);
    assert_eq!(
        told.iter().map(|told| told.what).collect::<Vec<_>>(),
        MOST.iter().map(|(what, _)| *what).collect::<Vec<_>>()
    );
    for (told, (what, most)) in told.iter().zip(MOST) {
        let auc = told.auc.expect("several tasks");
        println!("{what}: {:.3} ({:.2} to {:.2}), {:?} texts", auc.value, auc.low, auc.high, told.texts);
        assert!(told.texts.0 > 100 && told.texts.1 > 100, "{what}: {:?}", told.texts);
        assert!(auc.value <= *most, "{what}: {:.3}; what says most: {:?}", auc.value, told.words);
    }
}
