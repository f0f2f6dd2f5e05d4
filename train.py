from tagger.cli.train import main

raise SystemExit(main())
