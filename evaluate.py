from tagger.cli.evaluate import main

raise SystemExit(main())
