// The page of one event: shows it anew when somebody has judged or taken it.
"use strict";

for (const name of ["judged", "taken"]) document.addEventListener(name, () => location.reload());
