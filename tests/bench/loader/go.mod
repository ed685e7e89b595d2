module cairn.test/loader

go 1.19
