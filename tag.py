from tagger.cli.tag import main

raise SystemExit(main())
