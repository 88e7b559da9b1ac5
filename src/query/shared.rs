//! What answers of one kind share while any of them lasts: a dump of everything has hundreds of columns, and
//! eight of them at once have the same.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Things that are made by whoever needs one first, each under a key, and dropped with its last user.
#[derive(Default)]
pub struct Shared {
    kept: Mutex<Vec<(&'static str, Weak<dyn Any + Send + Sync>)>>,
}

impl Shared {
    /// What stands under `key`: another's, else made now. A key is of one type.
    pub fn get<T: Any + Send + Sync>(&self, key: &'static str, make: impl FnOnce() -> T) -> Arc<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| *known == key);
        let found = place.and_then(|place| kept[place].1.upgrade());
        if let Some(found) = found.and_then(|found| found.downcast().ok()) {
            return found;
        }
        let fresh = Arc::new(make());
        let weak: Weak<dyn Any + Send + Sync> = Arc::<T>::downgrade(&fresh);
        match place {
            Some(place) => kept[place].1 = weak,
            None => kept.push((key, weak)),
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_made_for_all_who_use_it_at_once_and_dropped_with_the_last() {
        let shared = Shared::default();
        let first = shared.get("numbers", || vec![1]);
        let second = shared.get("numbers", || vec![2]);
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(*shared.get("names", || "another"), "another");
        drop((first, second));
        assert_eq!(*shared.get("numbers", || vec![3]), [3]);
    }
}
