//! Samples whose fields the kernel finds by name, not by place: one list makes the struct, the keys, and
//! the way from a key's number to its field.

/// Makes a sample: a struct of `Option`s, its `KEYS` in order, and `slots`, the fields in the same order.
macro_rules! keyed_sample {
    ($(#[$doc:meta])* $name:ident: $type:ty { $($field:ident = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $(
                #[doc = concat!("`", $key, "`, where the kernel has it.")]
                pub $field: Option<$type>,
            )*
        }

        impl $name {
            /// What the kernel calls each field, in order.
            pub const KEYS: &'static [&'static str] = &[$($key),*];

            /// The fields in the order of [`Self::KEYS`].
            pub fn slots(&mut self) -> [&mut Option<$type>; Self::KEYS.len()] {
                [$(&mut self.$field),*]
            }
        }
    };
}

pub(crate) use keyed_sample;
